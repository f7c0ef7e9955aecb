/**
 * A text whose pieces have colours by a number each. One piece is the current one: the pointer's, or where the arrow keys have
 * moved to; to a screen reader it is a slider over the text, whose value is what `describe` says of the piece.
 */

import { element } from "../dom.ts";

export interface TextPiece {
  /** Stands before the piece, without a colour. */
  readonly before: string;
  readonly text: string;
}

export interface ColouredTextOptions {
  /** What the text is, for a screen reader. */
  readonly label: string;
  /** What is said of a piece. */
  readonly describe: (index: number) => string;
  /** The pointer or the keys have come to a piece. */
  readonly onPlace: (index: number) => void;
}

export interface ColouredText {
  readonly element: HTMLElement;
  show(pieces: readonly TextPiece[]): void;
  /** A number from -1 to 1 for each piece: blue below 0, orange above. */
  colour(strengths: ArrayLike<number>): void;
  /** Marks a stretch of pieces and brings it into sight; none without one. */
  mark(stretch?: { readonly start: number; readonly end: number }): void;
  /** The current piece; undefined before there is one. */
  readonly place: number | undefined;
  /** Says anew what the current piece is, when its values have changed. */
  refresh(): void;
}

/** Steps of a colour: more could not be told apart, and every change of one costs. */
const SHADES = 40;

export function createColouredText({ label, describe, onPlace }: ColouredTextOptions): ColouredText {
  const made = element("div", {
    class: "coloured-text",
    attributes: { role: "slider", tabindex: 0, "aria-label": label, "aria-valuemin": 1, "aria-valuenow": 1 },
    on: {
      pointerover: ({ target }) => {
        const index = spans.indexOf(target as HTMLElement);
        if (index >= 0) moveTo(index);
      },
      pointerdown: ({ target }) => {
        const index = spans.indexOf(target as HTMLElement);
        if (index >= 0) moveTo(index);
      },
      focus: () => {
        if (place === undefined) moveTo(next(-1, 1));
      },
      keydown: (event) => {
        const index = target(event.key);
        if (index === undefined) return;
        event.preventDefault();
        moveTo(index);
        spans[index]!.scrollIntoView({ block: "nearest" });
      },
    },
  });
  let pieces: readonly TextPiece[] = [];
  let spans: HTMLElement[] = [];
  let shades: (number | undefined)[] = [];
  let place: number | undefined;

  function moveTo(index: number): void {
    if (spans[index] === undefined) return;
    if (place !== undefined) spans[place]?.classList.remove("current");
    place = index;
    spans[index].classList.add("current");
    made.setAttribute("aria-valuenow", String(index + 1));
    refresh();
    onPlace(index);
  }

  function refresh(): void {
    if (place !== undefined) made.setAttribute("aria-valuetext", describe(place));
  }

  /** The nearest piece in a direction that can be seen; the place itself where there is none. */
  function next(from: number, direction: 1 | -1): number {
    for (let index = from + direction; index >= 0 && index < spans.length; index += direction) {
      if (pieces[index]!.text !== "") return index;
    }
    return from;
  }

  function target(key: string): number | undefined {
    const at = place ?? 0;
    switch (key) {
      case "ArrowRight":
        return next(at, 1);
      case "ArrowLeft":
        return next(at, -1);
      case "ArrowDown":
        return across(at, 1);
      case "ArrowUp":
        return across(at, -1);
      case "Home":
        return next(-1, 1);
      case "End":
        return next(spans.length, -1);
      default:
        return undefined;
    }
  }

  /** The piece above or below, as the lines are broken now. */
  function across(from: number, direction: 1 | -1): number {
    const start = spans[from]?.getBoundingClientRect();
    if (start === undefined) return from;
    let line: number | undefined;
    let best = from;
    let distance = Number.POSITIVE_INFINITY;
    for (let index = next(from, direction); index !== from; ) {
      const { top, left } = spans[index]!.getBoundingClientRect();
      if (line === undefined && Math.abs(top - start.top) > start.height / 2) line = top;
      if (line !== undefined) {
        if (Math.abs(top - line) > start.height / 2) break;
        if (Math.abs(left - start.left) < distance) {
          best = index;
          distance = Math.abs(left - start.left);
        }
      }
      const following = next(index, direction);
      if (following === index) break;
      index = following;
    }
    return best;
  }

  return {
    element: made,
    get place() {
      return place;
    },
    refresh,
    show(shown) {
      if (same(pieces, shown)) return;
      pieces = shown;
      shades = [];
      place = undefined;
      spans = shown.map(({ text }) => element("span", {}, visible(text)));
      made.replaceChildren(
        ...shown.flatMap(({ before }, index) => (before === "" ? [spans[index]!] : [before, spans[index]!])),
      );
      made.setAttribute("aria-valuemax", String(Math.max(1, shown.length)));
      made.removeAttribute("aria-valuetext");
    },
    colour(strengths) {
      for (const [index, span] of spans.entries()) {
        const shade = Math.round(strengths[index]! * SHADES);
        if (shade === shades[index]) continue;
        shades[index] = shade;
        const ground = shade < 0 ? "--negative-ground" : "--positive-ground";
        const share = (100 * Math.abs(shade)) / SHADES;
        span.style.backgroundColor = share > 0 ? `color-mix(in srgb, var(${ground}) ${share}%, transparent)` : "";
      }
    },
    mark(stretch) {
      for (const [index, span] of spans.entries()) {
        span.classList.toggle("marked", stretch !== undefined && index >= stretch.start && index < stretch.end);
      }
      if (stretch !== undefined) spans[stretch.start]?.scrollIntoView({ block: "nearest" });
    },
  };
}

/** A line break has a sign of its own, which has a colour. */
function visible(text: string): string {
  return text.replaceAll("\n", "↵\n");
}

function same(a: readonly TextPiece[], b: readonly TextPiece[]): boolean {
  return a.length === b.length && a.every(({ text, before }, i) => text === b[i]!.text && before === b[i]!.before);
}
