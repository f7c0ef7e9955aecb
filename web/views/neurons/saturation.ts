/** How the values of each gate of a layer are spread, and how many stand at an end, where a unit lets through all or nothing. */

import type { Saturation } from "../../../src/index.ts";
import { element, svg } from "../../dom.ts";

export interface SaturationFigures {
  readonly element: HTMLElement;
  /** Of one layer. */
  show(found: readonly Saturation[]): void;
}

const WIDTH = 200;
const HEIGHT = 64;
/** A unit that stands at one end for more of the text than this does so nearly always. */
const NEARLY_ALWAYS = 0.9;

export function createSaturation(): SaturationFigures {
  const figures = new Map<string, Histogram>();
  const place = element("div", { class: "histograms" });
  return {
    element: element(
      "section",
      { class: "saturation" },
      element("h2", {}, "How far they are driven"),
      element(
        "p",
        { class: "note" },
        "How often values fall where in their range, over all units of the layer and all characters. At an end a unit lets through " +
          "all or nothing, and learns little from its mistakes: some of that is decision, much of it is a model that is stuck.",
      ),
      place,
    ),
    show(found) {
      for (const one of found) {
        const { name } = one.quantity;
        let figure = figures.get(name);
        if (figure === undefined) {
          figure = createHistogram();
          figures.set(name, figure);
        }
        figure.show(one);
      }
      const wanted = found.map(({ quantity }) => figures.get(quantity.name)!.element);
      const same = wanted.length === place.children.length && wanted.every((one, i) => place.children[i] === one);
      if (!same) place.replaceChildren(...wanted);
    },
  };
}

interface Histogram {
  readonly element: HTMLElement;
  show(found: Saturation): void;
}

function createHistogram(): Histogram {
  const title = element("figcaption", {});
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" });
  const ends = element("div", { class: "ends" }, element("span", {}), element("span", {}));
  const note = element("p", { class: "note" });
  let bars: SVGRectElement[] = [];
  return {
    element: element("figure", {}, title, drawing, ends, note),
    show({ quantity, low, high, histogram }) {
      const gate = quantity.range === "gate";
      title.textContent = quantity.name.length === 1 ? `${quantity.name}, ${quantity.label}` : quantity.label;
      if (bars.length !== histogram.length) {
        bars = Array.from(histogram, () => svg("rect", {}));
        drawing.replaceChildren(...bars);
      }
      const most = Math.max(1, ...histogram);
      // of 20 bins two at each end of a gate are saturated, of what lies between -1 and 1 one
      const saturatedBins = gate ? 2 : 1;
      const width = WIDTH / histogram.length;
      for (const [bin, bar] of bars.entries()) {
        const height = (HEIGHT * histogram[bin]!) / most;
        const end = bin < saturatedBins ? "negative" : bin >= histogram.length - saturatedBins ? "positive" : "middle";
        bar.setAttribute("class", end);
        bar.setAttribute("x", String(bin * width + 0.5));
        bar.setAttribute("width", String(width - 1));
        bar.setAttribute("y", String(HEIGHT - height));
        bar.setAttribute("height", String(height));
      }
      ends.children[0]!.textContent = gate ? "0, shut" : "−1";
      ends.children[1]!.textContent = gate ? "1, open" : "1";
      const said = described(gate, low, high);
      note.textContent = said;
      drawing.setAttribute("aria-label", `${title.textContent}: ${said}`);
    },
  };
}

function described(gate: boolean, low: Float32Array, high: Float32Array): string {
  const stuck = low.reduce((count, share, unit) => count + (Math.max(share, high[unit]!) > NEARLY_ALWAYS ? 1 : 0), 0);
  const [below, above] = gate ? ["below 0.1", "above 0.9"] : ["below −0.9", "above 0.9"];
  return `${percent(mean(low))} ${below}, ${percent(mean(high))} ${above}; ${stuck} of ${low.length} units nearly always at one end.`;
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
