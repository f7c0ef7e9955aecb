/** The tokens of a text, each with where in the text it stands. */

import { InvalidValueError } from "../core/errors.ts";
import { lowerCase, type Unit } from "../data/unit.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { encodeText } from "../model/text-model.ts";

/** Three lists side by side. */
export interface PositionedTokens {
  /** The text as the model reads it: in lower case if its recipe says so. */
  readonly text: string;
  /** Indices into the vocabulary. */
  readonly tokens: Uint32Array;
  /** The code point of `text` that a token is, is a byte of, or, of a word, ends with. */
  readonly positions: Uint32Array;
  /** Line breaks up to and with the token. */
  readonly lines: Uint32Array;
}

/** Throws an UnknownTokenError as `encodeText` does, or a RangeError where there is no token. */
export function positionedTokens(model: LanguageModel, source: string, unknown: "error" | "skip"): PositionedTokens {
  const { unit } = model.vocabulary;
  // as a whole: the lower case of a letter may depend on what stands beside it
  const text = model.recipe.lowercase ? lowerCase(source, unit) : source;
  const tokens = encodeText(model, text, "text", unknown);
  if (tokens.length === 0) throw new InvalidValueError("text: expected at least 1 token, got none");
  const positions = new Uint32Array(tokens.length);
  const lines = new Uint32Array(tokens.length);
  let count = 0;
  for (const { piece, position, line } of pieces(text, unit)) {
    const end = count + encodeText(model, piece, "text", "skip").length;
    positions.fill(position, count, end);
    lines.fill(line, count, end);
    count = end;
  }
  return { text, tokens, positions, lines };
}

/** Words, or code points, with their places. */
function* pieces(text: string, unit: Unit): Generator<{ piece: string; position: number; line: number }, void, void> {
  let position = -1;
  let line = 0;
  let word = "";
  for (const character of text) {
    const isSpace = /\s/u.test(character);
    if (unit === "word" && isSpace && word !== "") yield { piece: word, position, line };
    word = isSpace ? "" : word + character;
    position++;
    if (character === "\n") line++;
    if (unit !== "word") yield { piece: character, position, line };
  }
  if (unit === "word" && word !== "") yield { piece: word, position, line };
}
