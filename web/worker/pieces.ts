/** A text that was read, cut into what each token is of it. */

import type { Activations, Unit } from "../../src/index.ts";
import type { Piece } from "../protocol/neurons.ts";

/** The text of an activations' tokens, one piece for each; white space and unknown characters stand before the next, those at the end nowhere. */
export function piecesOf({ text, positions }: Pick<Activations, "text" | "positions">, unit: Unit): Piece[] {
  const characters = [...text];
  let read = 0;
  return Array.from(positions, (position, i) => {
    // all bytes of a character have its place: the last one is the character
    if (positions[i + 1] === position) return { before: "", text: "" };
    const stretch = characters.slice(read, position + 1).join("");
    read = position + 1;
    const start = unit === "word" ? stretch.search(/\S+$/u) : stretch.length - characters[position]!.length;
    return { before: stretch.slice(0, start), text: stretch.slice(start) };
  });
}
