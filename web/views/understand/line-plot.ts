/** A small plot: a curve, and points on it with a name each. */

import { element, svg } from "../../dom.ts";
import { followWidth } from "./laid-out-width.ts";

export interface Plot {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  readonly xRange: readonly [number, number];
  readonly yRange: readonly [number, number];
  readonly points?: readonly {
    readonly x: number;
    readonly y: number;
    readonly name: string;
    readonly next?: boolean;
  }[];
  readonly xTitle: string;
  readonly yTitle: string;
  readonly xTicks: readonly { readonly at: number; readonly text: string }[];
  readonly yTicks: readonly { readonly at: number; readonly text: string }[];
  /** For those who do not see it. */
  readonly description: string;
}

export interface LinePlot {
  readonly element: HTMLElement;
  draw(plot: Plot): void;
}

const HEIGHT = 190;
const MARGIN = { left: 48, right: 12, top: 22, bottom: 36 };
const WIDEST = 560;

export function createLinePlot(): LinePlot {
  const place = element("div", { class: "line-plot" });
  const placeWidth = followWidth(place, draw);
  let plot: Plot | undefined;

  function draw(): void {
    const width = Math.min(WIDEST, placeWidth());
    if (plot === undefined || width === 0) return;
    const { x, y, xRange, yRange, points = [], xTicks, yTicks, xTitle, yTitle, description } = plot;
    const [first, last] = xRange;
    const [low, high] = yRange;
    const right = width - MARGIN.right;
    const bottom = HEIGHT - MARGIN.bottom;
    const px = (value: number) => MARGIN.left + ((value - first) / (last - first)) * (right - MARGIN.left);
    const py = (value: number) => {
      const share = (Math.max(low, Math.min(high, value)) - low) / (high - low);
      return bottom - share * (bottom - MARGIN.top);
    };
    const path = Array.from(x, (value, i) => `${i === 0 ? "M" : "L"}${px(value).toFixed(1)} ${py(y[i]!).toFixed(1)}`);
    place.replaceChildren(
      svg(
        "svg",
        { role: "img", "aria-label": description, viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT },
        ...yTicks.flatMap(({ at, text }) => [
          svg("path", { class: "grid", d: `M${MARGIN.left} ${py(at)}H${right}` }),
          svg("text", { x: MARGIN.left - 6, y: py(at) + 4, "text-anchor": "end" }, text),
        ]),
        ...xTicks.map(({ at, text }) =>
          svg("text", { x: px(at), y: bottom + 15, "text-anchor": at === last ? "end" : "middle" }, text),
        ),
        svg("text", { x: 0, y: 12 }, yTitle),
        svg("text", { x: right, y: HEIGHT - 4, "text-anchor": "end" }, xTitle),
        svg("path", { class: "curve-line", d: path.join("") }),
        ...points.flatMap(({ x: at, y: value, name, next }) => {
          const end = px(at) > width * 0.6;
          return [
            svg("circle", { class: next === true ? "dot target" : "dot", cx: px(at), cy: py(value), r: 5 }),
            svg(
              "text",
              {
                class: next === true ? "name target" : "name",
                x: px(at) + (end ? -9 : 9),
                y: Math.max(MARGIN.top - 4, py(value) - (end ? 16 : 7)),
                "text-anchor": end ? "end" : "start",
              },
              name,
            ),
          ];
        }),
      ),
    );
  }

  return {
    element: place,
    draw(next) {
      plot = next;
      draw();
    },
  };
}
