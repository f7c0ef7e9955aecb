/** A text by how surprising each token is to the model, its score, and its most surprising passages. */

import { button, element, field } from "../../dom.ts";
import { grouped, percent, tokenNoun } from "../../numbers.ts";
import type { Page } from "../../page.ts";
import type { SurpriseMap } from "../../protocol/use.ts";
import { createColouredText } from "../coloured-text.ts";
import { createLooker } from "../looker.ts";
import { spokenToken } from "../tokens.ts";
import { unknownLine } from "./unknown-line.ts";

export interface SurpriseView {
  readonly element: HTMLElement;
  read(text: string): void;
  shown(): void;
  hidden(): void;
}

/** Surprise of the strongest colour: a probability of 1 in 256, of words 1 in 65,536. */
const MOST_BITS = { char: 8, byte: 8, word: 16 } as const;
const LONGEST_TEXT = 4000;
/** Milliseconds after the last key before a text is read. */
const PAUSE = 250;

export function createSurprise(page: Page): SurpriseView {
  let found: SurpriseMap | undefined;
  /** Bits of each piece, with those of the bytes that it ends. */
  let bits: Float32Array = new Float32Array();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const text = element("textarea", {
    attributes: { rows: 10, spellcheck: "false", maxlength: LONGEST_TEXT },
    on: {
      input: () => {
        clearTimeout(timer);
        timer = setTimeout(looker.now, PAUSE);
      },
    },
  });
  const headline = element("p", { class: "headline" });
  const note = element("p", { class: "note", attributes: { role: "status" } });
  const passages = element("ol", { class: "passages" });
  const passagesPart = element(
    "div",
    { class: "passages-part" },
    element("h3", {}, "Most surprising passages"),
    passages,
  );
  const place = element("p", { class: "place-values" });
  const coloured = createColouredText({
    label: "Place in the text",
    describe: (index) => describe(index),
    onPlace: (index) => {
      place.textContent = describe(index);
    },
  });
  const most = element("span", {});
  const scale = element(
    "div",
    { class: "colour-scale rising" },
    element("span", {}, "expected"),
    element("i", {}),
    most,
  );
  const map = element("div", { class: "surprise-map" }, coloured.element, scale, place);

  const looker = createLooker(page, {
    look: () => page.worker.call("surprise", { text: text.value }),
    show,
    refused(reason) {
      map.hidden = true;
      passagesPart.hidden = true;
      headline.textContent = "";
      note.textContent = reason;
    },
  });

  function show(told: SurpriseMap): void {
    found = told;
    const { score, pieces, opening, unknown } = told;
    const unit = page.status().model?.recipe.unit ?? "char";
    const mostBits = MOST_BITS[unit];
    most.textContent = `${mostBits} bits or more`;
    bits = bitsOf(told);
    map.hidden = false;
    coloured.show(pieces.map((piece, index) => ({ before: index === 0 ? opening : "", text: piece })));
    coloured.colour(bits.map((value) => Math.min(1, value / mostBits)));
    coloured.refresh();
    const noun = tokenNoun(unit);
    place.textContent =
      coloured.place === undefined ? `Point at a ${noun}, or use the arrow keys.` : describe(coloured.place);
    headline.replaceChildren(
      element("strong", {}, score.bitsPerToken.toFixed(2)),
      ` bits a ${noun}: as if it chose each time among ${score.perplexity < 100 ? score.perplexity.toFixed(1) : grouped(score.perplexity)} equally likely ones.`,
    );
    note.textContent = unknownLine(unknown);
    showPassages(told, noun);
  }

  function showPassages({ pieces, passages: list }: SurpriseMap, noun: string): void {
    passagesPart.hidden = list.length === 0;
    // under a visitor's focus they stay until it has gone
    if (passages.contains(document.activeElement)) return;
    passages.replaceChildren(
      ...list.map(({ start, end, natsPerToken }) =>
        element(
          "li",
          {},
          button("", () => coloured.mark({ start, end }), { class: "passage" }),
          element("span", { class: "note" }, `${(natsPerToken / Math.LN2).toFixed(1)} bits a ${noun}`),
        ),
      ),
    );
    for (const [index, { start, end }] of list.entries()) {
      passages.children[index]!.firstElementChild!.textContent =
        `…${pieces.slice(start, end).join("").trim().replaceAll("\n", "↵")}…`;
    }
  }

  function describe(index: number): string {
    const piece = found?.pieces[index];
    if (piece === undefined) return "";
    const surprise = bits[index]!;
    return `${spokenToken(piece.trimStart() === "" ? piece : piece.trimStart())}: ${surprise.toFixed(1)} bits, ${percent(2 ** -surprise)} likely`;
  }

  return {
    element: element(
      "section",
      { class: "surprise" },
      element("h2", {}, "How surprising a text is"),
      element(
        "p",
        { class: "note" },
        "The stronger the colour, the less likely the model held what stands there, after all that comes before it. One bit is a coin's toss; training is nothing but making this less.",
      ),
      element(
        "div",
        { class: "surprise-text" },
        field("Text", text, "Paste or write one; it is read as you type."),
        headline,
        note,
        passagesPart,
      ),
      map,
    ),
    read(passage) {
      text.value = passage;
      looker.now();
    },
    shown() {
      looker.shown();
      if (text.value !== "") looker.now();
    },
    hidden: looker.hidden,
  };
}

/** Bits of each piece; of a character of several bytes the sum of theirs, at the last. */
function bitsOf({ pieces, nats }: SurpriseMap): Float32Array {
  let before = 0;
  return nats.map((value, index) => {
    const sum = before + value / Math.LN2;
    before = pieces[index] === "" ? sum : 0;
    return sum;
  });
}
