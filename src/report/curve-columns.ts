/**
 * A long curve in as many points as a chart has columns: for each column the lowest, the highest and the mean of the values
 * that fall into it. No extreme is lost, however many steps share a column.
 */

import type { Curve } from "./run-records.ts";

/** A column of pixels, or where there is room for all of them, one point. */
export interface CurveColumn {
  /** The mean of the steps. */
  readonly step: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
}

/** The curve's points from `first` to `last`, at most `columns` of them. What is not `usable` is left out. */
export function curveColumns(
  { steps, values }: Curve,
  columns: number,
  [first, last]: readonly [number, number],
  usable: (value: number) => boolean = Number.isFinite,
): CurveColumn[] {
  const result: CurveColumn[] = [];
  const reduced = steps.length > columns;
  const width = (last - first) / columns;
  let column = -1;
  let [min, max, sum, stepSum, count] = [0, 0, 0, 0, 0];
  const finish = () => {
    // rounding must not carry the mean beyond the extremes
    if (count > 0) {
      const mean = Math.min(max, Math.max(min, sum / count));
      result.push({ step: stepSum / count, min, max, mean });
    }
    [min, max, sum, stepSum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0];
  };
  finish();
  for (let i = 0; i < steps.length; i++) {
    const value = values[i]!;
    if (!usable(value)) continue;
    const step = steps[i]!;
    const own = reduced ? Math.min(columns - 1, Math.floor((step - first) / width)) : i;
    if (own !== column) finish();
    column = own;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    stepSum += step;
    count++;
  }
  finish();
  return result;
}
