/**
 * A bar for each token of the vocabulary, in its order: probabilities, or gradients, which may be below zero. Where there is no
 * room for all, those with the longest bars are shown.
 */

import { element, svg } from "../../dom.ts";
import { grouped, visibleToken } from "../../numbers.ts";
import { followWidth } from "./laid-out-width.ts";

export interface TokenBarsData {
  readonly tokens: readonly string[];
  /** (V) */
  readonly values: ArrayLike<number>;
  /** (V): outlined behind the bars. */
  readonly outlines?: ArrayLike<number>;
  /** The token that should come next. */
  readonly target: number;
  /** How a value is written. */
  readonly write: (value: number) => string;
}

export interface TokenBars {
  readonly element: HTMLElement;
  draw(data: TokenBarsData): void;
}

const HEIGHT = 170;
/** Below the bars, for the tokens' names. */
const FOOT = 18;
/** The least width of a bar and its name, of single characters and of longer tokens. */
const PITCH = 10;
const WIDE_PITCH = 48;
/** Characters of a longer token's name. */
const NAME_LENGTH = 6;

/** `title` is for those who do not see it. */
export function createTokenBars(title: string): TokenBars {
  const place = element("div", { class: "bars" });
  const note = element("p", { class: "note" });
  const made = element("div", {}, place, note);
  const placeWidth = followWidth(place, draw);
  let data: TokenBarsData | undefined;

  function draw(): void {
    const width = placeWidth();
    if (data === undefined || width === 0) return;
    const { tokens, values, outlines, target, write } = data;
    const wide = tokens.some((token) => token.length > 2);
    const shown = longest(data, Math.floor(width / (wide ? WIDE_PITCH : PITCH)));
    const size = (index: number) => Math.max(0, values[index]!, outlines?.[index] ?? 0);
    const top = Math.max(1e-9, ...shown.map(size));
    const bottom = Math.min(0, ...shown.map((index) => values[index]!));
    const scale = (HEIGHT - FOOT - 4) / (top - bottom);
    const zero = 4 + top * scale;
    const pitch = width / shown.length;
    const bars = shown.flatMap((index, place) => {
      const x = place * pitch;
      const value = values[index]!;
      const bar = svg("rect", {
        class: index === target ? "token-bar target" : "token-bar",
        x: x + pitch * 0.15,
        width: pitch * 0.7,
        y: value > 0 ? zero - value * scale : zero,
        height: Math.max(0.5, Math.abs(value) * scale),
      });
      bar.append(svg("title", {}, `${visibleToken(tokens[index]!)}: ${write(value)}`));
      const outline = outlines?.[index];
      return [
        bar,
        ...(outline === undefined
          ? []
          : [
              svg("path", {
                class: "outline",
                d: `M${x + pitch * 0.05} ${zero - outline * scale}h${pitch * 0.9}`,
              }),
            ]),
        svg(
          "text",
          {
            class: index === target ? "target" : undefined,
            x: x + pitch / 2,
            y: HEIGHT - 4,
            "text-anchor": "middle",
          },
          visibleToken(tokens[index]!).slice(0, NAME_LENGTH),
        ),
      ];
    });
    const chart = svg(
      "svg",
      { role: "img", "aria-label": describe(data), viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT },
      svg("path", { class: "zero", d: `M0 ${zero}h${width}` }),
      ...bars,
    );
    place.replaceChildren(chart);
    note.textContent =
      shown.length < tokens.length ? `The ${shown.length} with the longest bars, of ${grouped(tokens.length)}.` : "";
  }

  /** In words: the five largest, and the one that should come. */
  function describe({ tokens, values, target, write }: TokenBarsData): string {
    const order = Array.from(values, (_, index) => index).sort((a, b) => Math.abs(values[b]!) - Math.abs(values[a]!));
    const named = (index: number) => `${visibleToken(tokens[index]!)} ${write(values[index]!)}`;
    return `${title}. The largest: ${order.slice(0, 5).map(named).join(", ")}. Of the right one: ${named(target)}.`;
  }

  return {
    element: made,
    draw(next) {
      data = next;
      draw();
    },
  };
}

/** Indices of the `count` longest bars, and of the target, in the vocabulary's order. */
function longest({ values, target }: TokenBarsData, count: number): number[] {
  const indices = Array.from(values, (_, index) => index);
  if (indices.length <= count) return indices;
  const size = (index: number) => (index === target ? Number.POSITIVE_INFINITY : Math.abs(values[index]!));
  return indices
    .sort((a, b) => size(b) - size(a))
    .slice(0, count)
    .sort((a, b) => a - b);
}
