/** Which part of the numbers a chart's axes show. */

import type { Chart, Series } from "./chart.ts";
import { curveColumns } from "./curve-columns.ts";
import { linearScale, type Scale, SMALLEST } from "./ticks.ts";

/** Sums and differences of values beyond this could overflow. */
const LARGEST = 1e300;

/** So many columns are looked at for the scale, whatever the chart's width: all drawings of a curve should have the same. */
const SCALE_COLUMNS = 500;

/** From the first step to the last, or from 0 where the first is near it. */
export function stepScale(series: readonly Series[]): Scale {
  const ends = series.flatMap(({ steps }) => (steps.length === 0 ? [] : [steps[0]!, steps[steps.length - 1]!]));
  const [first, last] = ends.length === 0 ? [0, 1] : [Math.min(...ends), Math.max(...ends)];
  const low = first <= 0.05 * last ? 0 : first;
  return low < last ? { kind: "linear", low, high: last } : { kind: "linear", low: low - 1, high: low + 1 };
}

/**
 * Logarithmic where the highest value lies more than two decades above the tenth percentile: a norm that explodes, a rate that
 * decays for long, but not one that goes to zero in the end.
 */
export function valueScale({ series, scale }: Chart, steps: Scale, wanted: number): Scale {
  const all = series.map((curve) => curveColumns(curve, SCALE_COLUMNS, [steps.low, steps.high], isUsable));
  const columns = all.flat();
  if (columns.length === 0) return { kind: "linear", low: 0, high: 1 };
  const low = columns.reduce((lowest, { min }) => Math.min(lowest, min), Number.POSITIVE_INFINITY);
  const high = columns.reduce((highest, { max }) => Math.max(highest, max), Number.NEGATIVE_INFINITY);
  const means = columns.map(({ mean }) => mean).sort((a, b) => a - b);
  const quantile = (share: number) => means[Math.floor(share * (means.length - 1))]!;
  if (scale === "cut") {
    // what lies far above where curves begin, and above nearly all of them, would press the rest flat
    const starts = series.map(({ values }) => values[0] ?? low).filter(isUsable);
    const usual = Math.max(quantile(0.98), ...starts);
    const far = usual > low && high - low > 2 * (usual - low);
    return linearScale(low, far ? low + 1.25 * (usual - low) : high, wanted);
  }
  const positive = columns.flatMap(({ min, mean }) => [min, mean].filter(isPositive).slice(0, 1));
  const lowestPositive = positive.reduce((lowest, value) => Math.min(lowest, value), Number.POSITIVE_INFINITY);
  if (scale === "logarithmic" && high > 100 * Math.max(quantile(0.1), lowestPositive)) {
    return { kind: "logarithmic", low: lowestPositive / 1.2, high: 1.2 * high };
  }
  return low < high ? linearScale(Math.min(0, low), Math.max(0, high), wanted) : linearScale(low, high, wanted);
}

export function isUsable(value: number): boolean {
  return Math.abs(value) < LARGEST;
}

/** Whether a value has a place on a logarithmic scale. */
export function isPositive(value: number): boolean {
  return value > SMALLEST;
}
