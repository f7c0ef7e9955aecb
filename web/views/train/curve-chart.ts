/** A chart of curves over steps, by uPlot, in the page's colours. */

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { element } from "../../dom.ts";
import { grouped, rounded, significant } from "../../numbers.ts";
import { colour, onColoursChange } from "../../theme.ts";

export interface Line {
  readonly label: string;
  /** A colour of tokens.css, by name. */
  readonly colour: string;
  readonly width: number;
  /** Whether points are marked, as of values that are few and far between. */
  readonly points?: boolean;
  readonly dash?: readonly number[];
}

export interface CurveChart {
  readonly element: HTMLElement;
  /** Steps, then as many values for each line, null where there is none. */
  draw(steps: readonly number[], ...values: readonly (readonly (number | null)[])[]): void;
}

export interface ChartOptions {
  /** An element where the words change. */
  readonly title: HTMLElement | string;
  readonly lines: readonly Line[];
  readonly height: number;
  /** Where the scale begins; at the least value if left out. */
  readonly from?: number;
  /** Whether the scale goes by powers of ten. */
  readonly logarithmic?: boolean;
}

export function createCurveChart({ title, lines, height, from, logarithmic = false }: ChartOptions): CurveChart {
  const place = element("div", { class: "plot" });
  const keys = lines.map((line) => element("span", { class: `key ${line.colour.slice(2)}` }, line.label));
  const legend = lines.length > 1 && element("span", { class: "legend" }, ...keys);
  const made = element("figure", { class: "curve empty" }, element("figcaption", {}, title, legend), place);
  let chart: uPlot | undefined;
  let data: uPlot.AlignedData = [[], ...lines.map(() => [])] as unknown as uPlot.AlignedData;

  function build(): void {
    const width = place.clientWidth;
    if (width === 0) return;
    chart?.destroy();
    chart = new uPlot(options(width), data, place);
  }

  function options(width: number): uPlot.Options {
    const [soft, rule] = [colour("--soft"), colour("--rule")];
    const axis = {
      stroke: soft,
      grid: { stroke: rule, width: 1 },
      ticks: { show: false },
      font: "12px system-ui",
      gap: 6,
    };
    return {
      width,
      height,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      scales: {
        x: { time: false },
        y: logarithmic ? { distr: 3 } : { range: (_, low, high) => range(low, high) },
      },
      axes: [
        { ...axis, size: 26, grid: { show: false }, values: (_, splits) => splits.map(rounded) },
        {
          ...axis,
          size: 46,
          grid: { ...axis.grid, ...(logarithmic ? { filter: powersOfTen } : {}) },
          values: (_, splits) => splits.map((value) => (value === null ? "" : label(value))),
        },
      ],
      series: [
        { label: "step", value: (_, value) => (value === null ? "" : grouped(value)) },
        ...lines.map((line) => ({
          label: line.label,
          stroke: colour(line.colour),
          width: line.width,
          spanGaps: true,
          points: { show: line.points === true, size: 5, fill: colour(line.colour) },
          ...(line.dash === undefined ? {} : { dash: [...line.dash] }),
        })),
      ],
    };
  }

  function range(low: number | null, high: number | null): [number, number] {
    if (low === null || high === null) return [0, 1];
    const bottom = from ?? low;
    const room = Math.max((high - bottom) * 0.06, Math.abs(high) * 0.02, 1e-9);
    return [from === undefined ? bottom - room : from, high + room];
  }

  const watch = new ResizeObserver(() => {
    if (chart === undefined) build();
    else if (place.clientWidth > 0) chart.setSize({ width: place.clientWidth, height });
  });
  watch.observe(place);
  onColoursChange(build);
  return {
    element: made,
    draw(steps, ...values) {
      data = [steps, ...values] as unknown as uPlot.AlignedData;
      made.classList.toggle("empty", steps.length === 0);
      for (const [index, key] of keys.entries()) key.hidden = !values[index]!.some((value) => value !== null);
      if (chart === undefined) build();
      else if (place.clientWidth > 0) chart.setData(data);
    },
  };
}

function label(value: number): string {
  return Math.abs(value) >= 1000 ? rounded(value) : significant(value, 3);
}

/** Of a logarithmic scale's ticks those at powers of ten: lines between them would make a grey of the whole. */
function powersOfTen(_: uPlot, splits: number[]): (number | null)[] {
  return splits.map((value) => (Number.isInteger(Math.log10(value)) ? value : null));
}
