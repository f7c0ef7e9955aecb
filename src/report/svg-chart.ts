/**
 * A line chart of steps as one SVG element, to stand in a page with CHART_STYLE (chart-style.ts): axes with round numbers,
 * horizontal gridlines, curves told apart by colour, dashes and markers, each named where it ends or, in a narrow chart, above.
 *
 * Curves longer than the chart is wide become a band from lowest to highest with the mean in it, a point for each column of
 * pixels, so that a chart of a million steps is as small as one of a thousand and shows the same spikes.
 */

import type { Chart, Look } from "./chart.ts";
import { isPositive, isUsable, stepScale, valueScale } from "./chart-scales.ts";
import { type CurveColumn, curveColumns } from "./curve-columns.ts";
import { figure, grouped, html, type Markup } from "./html.ts";
import type { Curve } from "./run-records.ts";
import { linearTicks, position, type Scale, stepLabels, tickLabels, ticksOf } from "./ticks.ts";

/** The widths of characters are not known here; this is a little more than most have. */
const CHARACTER_WIDTH = 6.7;
/** Where curves are named at their ends: the room for that, and the distance of the lines. */
const END_ROOM = 176;
const LINE_HEIGHT = 18;
/** Between two markers of a curve, at least. */
const MARKER_GAP = 16;
/** Between two horizontal gridlines, about. */
const ROW_HEIGHT = 44;
/** A curve that is reduced has a column for so many pixels: narrower ones make a band of hair. */
const COLUMN_WIDTH = 2;

/** Everything that the parts of a drawing need to know. */
interface Plot {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly steps: Scale;
  readonly values: Scale;
  readonly curves: readonly DrawnCurve[];
}

interface DrawnCurve {
  readonly name: string;
  readonly look: Look;
  readonly columns: readonly CurveColumn[];
  /** The last value itself, not a column's mean. */
  readonly last: number;
}

/** Whether there is anything to draw. */
export function hasValues({ values }: Curve): boolean {
  for (let i = 0; i < values.length; i++) if (Number.isFinite(values[i])) return true;
  return false;
}

export function lineChart(chart: Chart): Markup {
  const { id, width, height } = chart;
  const plot = layOut(chart);
  return html`<svg class="chart" role="img" viewBox="0 0 ${width} ${height}" aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">${chart.title}</title>
<desc id="${id}-desc">${chart.description}</desc>
${axes(chart, plot)}
${plot.curves.map((curve) => drawn(curve, plot))}
${referenceLine(chart, plot)}${outliers(plot)}${ring(chart, plot)}
${chart.names === "end" ? namesAtEnd(plot) : chart.names === "above" ? namesAbove(plot, width) : ""}
</svg>
`;
}

/** Scales and margins. */
function layOut(chart: Chart): Plot {
  const { series, width, height, names } = chart;
  const steps = stepScale(series);
  const right = names === "end" ? width - END_ROOM : width - 10;
  const top = 26 + (names === "above" ? LINE_HEIGHT * legendRows(series, width).length + 6 : 0);
  const bottom = height - 24;
  const values = valueScale(chart, steps, rows(top, bottom));
  const labels = tickLabels(ticksOf(values, rows(top, bottom)), values.kind);
  const left = Math.ceil(Math.max(34, 12 + CHARACTER_WIDTH * Math.max(0, ...labels.map((label) => label.length))));
  // on a logarithmic scale there is no place for zero
  const shown = (value: number) => isUsable(value) && (values.kind === "linear" || isPositive(value));
  const most = Math.floor((right - left) / COLUMN_WIDTH);
  const curves = series.map((curve) => ({
    name: curve.name,
    look: curve.look,
    columns: curveColumns(curve, most, [steps.low, steps.high], shown),
    last: lastUsable(curve, shown),
  }));
  return { left, right, top, bottom, steps, values, curves: curves.filter(({ columns }) => columns.length > 0) };
}

function lastUsable({ values }: Curve, usable: (value: number) => boolean): number {
  for (let i = values.length - 1; i >= 0; i--) if (usable(values[i]!)) return values[i]!;
  return Number.NaN;
}

/** How many gridlines there is room for. */
function rows(top: number, bottom: number): number {
  return Math.max(2, Math.floor((bottom - top) / ROW_HEIGHT));
}

function axes(chart: Chart, plot: Plot): Markup {
  const { left, right, top, bottom, values, steps } = plot;
  const ticks = ticksOf(values, rows(top, bottom));
  const labels = tickLabels(ticks, values.kind);
  const longest = CHARACTER_WIDTH * stepLabels([steps.high])[0]!.length;
  const stepTicks = linearTicks(steps.low, steps.high, Math.floor((right - left) / (longest + 24)), 1);
  const scale = values.kind === "logarithmic" ? ", logarithmic" : "";
  const lines = ticks.map((tick, i) => {
    const y = yOf(plot, tick);
    return html`<path class="grid" d="M${left} ${y}H${right}"/><text x="${left - 8}" y="${shifted(y, 4)}" text-anchor="end">${labels[i]}</text>`;
  });
  const names = stepLabels(stepTicks);
  const columns = stepTicks.map((tick, i) => {
    const x = xOf(plot, tick);
    const half = (CHARACTER_WIDTH * names[i]!.length) / 2;
    const anchor = half > 6 && Number(x) - half < left ? "start" : Number(x) + half > chart.width ? "end" : "middle";
    return html`<path class="tick" d="M${x} ${bottom}v4"/><text x="${x}" y="${bottom + 18}" text-anchor="${anchor}">${names[i]}</text>`;
  });
  return html`<text class="unit" x="0" y="12">${chart.unit}${scale}</text>
<g>${lines}</g>
<g><path class="axis" d="M${left} ${bottom}H${right}"/><text class="unit" x="${left - 8}" y="${bottom + 18}" text-anchor="end">step</text>${columns}</g>`;
}

/** A curve with its band and markers. */
function drawn({ look, columns }: DrawnCurve, plot: Plot): Markup {
  const parts: Markup[] = [];
  if (look === "each" && columns.some(({ min, max }) => min < max)) {
    const upper = columns.map(({ step, max }) => point(plot, step, max));
    const lower = columns.map(({ step, min }) => point(plot, step, min)).reverse();
    parts.push(html`<path class="band" d="M${[...upper, ...lower].join("L")}Z"/>`);
  }
  if (columns.length > 1) {
    const points = columns.map(({ step, mean }) => point(plot, step, mean));
    parts.push(html`<path class="line" d="M${points.join("L")}"/>`);
  }
  if (columns.length === 1 || look === "validation" || look === "training") parts.push(...markers(look, columns, plot));
  return html`<g class="${look}">${parts}</g>`;
}

function markers(look: Look, columns: readonly CurveColumn[], plot: Plot): Markup[] {
  const every = Math.ceil((columns.length * MARKER_GAP) / (plot.right - plot.left));
  // counted from the end, where a curve is named
  const marked = columns.filter((_, i) => (columns.length - 1 - i) % every === 0);
  return marked.map(({ step, mean }) =>
    marker(look, xOf(plot, step), yOf(plot, mean), html`<title>step ${grouped(step)}: ${figure(mean)}</title>`),
  );
}

function marker(look: Look, x: string, y: string, title: Markup | string): Markup {
  if (look !== "training") return html`<circle class="mark" cx="${x}" cy="${y}" r="3">${title}</circle>`;
  return html`<path class="mark" d="M${x} ${y}m0-4l4 4l-4 4l-4-4z">${title}</path>`;
}

function ring({ ring }: Chart, plot: Plot): Markup | string {
  if (ring === undefined || !isWithin(plot.values, ring.value)) return "";
  const [x, y] = [xOf(plot, ring.step), yOf(plot, ring.value)];
  return html`<g class="validation">${marker("validation", x, y, "")}<circle class="ring" cx="${x}" cy="${y}" r="7"/></g>`;
}

function referenceLine({ reference }: Chart, plot: Plot): Markup | string {
  if (reference === undefined || !isWithin(plot.values, reference.value)) return "";
  const y = yOf(plot, reference.value);
  return html`<path class="reference" d="M${plot.left} ${y}H${plot.right}"/><text class="halo" x="${plot.right}" y="${shifted(y, -5)}" text-anchor="end">${reference.name}</text>`;
}

/** A triangle at the upper edge where values leave the scale, and how high the highest went. */
function outliers(plot: Plot): Markup | string {
  const { values, curves, top, right } = plot;
  const outside = curves.flatMap(({ columns }) => columns.filter(({ max }) => max > values.high * (1 + 1e-9)));
  if (outside.length === 0) return "";
  outside.sort((a, b) => a.step - b.step);
  const highest = outside.reduce((a, b) => (b.max > a.max ? b : a));
  const triangles: string[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const { step } of outside) {
    const x = Number(xOf(plot, step));
    if (x - last < 4) continue;
    last = x;
    triangles.push(`M${x} ${top - 7}l4 6h-8z`);
  }
  const x = Number(xOf(plot, highest.step));
  const [anchor, shift] = x > (plot.left + right) / 2 ? ["end", -8] : ["start", 8];
  return html`<path class="outlier" d="${triangles.join("")}"/><text class="halo" x="${x + shift}" y="${top + 10}" text-anchor="${anchor}">up to ${figure(highest.max)}</text>`;
}

/** Each curve's name and last value beside its end, moved apart where ends are close. */
function namesAtEnd(plot: Plot): Markup {
  const { right, top, bottom } = plot;
  const labels = plot.curves.map((curve) => ({
    curve,
    end: Number(yOf(plot, curve.columns[curve.columns.length - 1]!.mean)),
  }));
  labels.sort((a, b) => a.end - b.end);
  const places = spread(
    labels.map(({ end }) => end),
    LINE_HEIGHT,
    top + 4,
    bottom - 6,
  );
  return html`${labels.map(({ curve, end }, i) => {
    const y = places[i]!;
    const leader = html`<path class="leader" d="M${right + 3} ${round(end)}L${right + 12} ${round(y)}"/>`;
    return html`${leader}${key(curve, right + 15, y)}<text x="${right + 44}" y="${round(y + 4)}">${curve.name}${value(curve)}</text>`;
  })}`;
}

/** The values moved as little as needed to lie `gap` apart within the bounds; they come in order. */
export function spread(values: readonly number[], gap: number, low: number, high: number): number[] {
  const places = values.map((value) => Math.min(high, Math.max(low, value)));
  for (let i = 1; i < places.length; i++) places[i] = Math.max(places[i]!, places[i - 1]! + gap);
  for (let i = places.length - 1; i >= 0; i--) {
    places[i] = Math.min(places[i]!, i === places.length - 1 ? high : places[i + 1]! - gap);
  }
  return places;
}

/** The names in rows above the plot. */
function namesAbove(plot: Plot, width: number): Markup {
  const byName = new Map(plot.curves.map((curve) => [curve.name, curve]));
  const rows = legendRows(plot.curves, width);
  return html`${rows.map((row, i) =>
    row.map(({ name, x }) => {
      const curve = byName.get(name)!;
      const y = 30 + LINE_HEIGHT * i;
      return html`${key(curve, x, y)}<text x="${x + 29}" y="${y + 4}">${name}${value(curve)}</text>`;
    }),
  )}`;
}

function legendRows(series: readonly { readonly name: string }[], width: number): { name: string; x: number }[][] {
  const rows: { name: string; x: number }[][] = [];
  let x = Number.POSITIVE_INFINITY;
  for (const { name } of series) {
    const room = 29 + CHARACTER_WIDTH * (name.length + 7) + 12;
    if (x + room > width) {
      rows.push([]);
      x = 0;
    }
    rows[rows.length - 1]!.push({ name, x });
    x += room;
  }
  return rows;
}

/** A short piece of the curve. */
function key({ look }: DrawnCurve, x: number, y: number): Markup {
  const band = look === "each" ? html`<path class="band" d="M${x} ${round(y - 5)}h22v10h-22z"/>` : "";
  const mark = look === "each" || look === "main" ? "" : marker(look, round(x + 11), round(y), "");
  return html`<g class="${look}">${band}<path class="line" d="M${x} ${round(y)}h22"/>${mark}</g>`;
}

/** A single step's value at the end means nothing; the other curves' do. */
function value({ look, last }: DrawnCurve): Markup | string {
  return look === "each" ? "" : html` <tspan class="value ${look}">${figure(last)}</tspan>`;
}

function isWithin({ low, high }: Scale, value: number): boolean {
  return value >= low && value <= high;
}

function point(plot: Plot, step: number, value: number): string {
  return `${xOf(plot, step)} ${yOf(plot, value)}`;
}

function xOf({ left, right, steps }: Plot, step: number): string {
  return round(left + (right - left) * position(steps, step));
}

/** Values beyond the scale lie on its edge. */
function yOf({ top, bottom, values }: Plot, value: number): string {
  return round(bottom - (bottom - top) * Math.min(1, Math.max(0, position(values, value))));
}

function shifted(coordinate: string, by: number): string {
  return round(Number(coordinate) + by);
}

/** A tenth of a pixel is more than anybody sees. */
function round(coordinate: number): string {
  return String(Number(coordinate.toFixed(1)));
}
