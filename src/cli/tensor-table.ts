/** What a tensor's numbers look like: moments, bounds, and a histogram that fits in a line. */

import type { FloatArray } from "../core/engine.ts";

export interface TensorSummary {
  readonly mean: number;
  /** Standard deviation, of the numbers as a whole population. */
  readonly deviation: number;
  readonly smallest: number;
  readonly largest: number;
  /** How many numbers lie in each of 16 equal parts of the span from the smallest to the largest. */
  readonly histogram: readonly number[];
}

const BINS = 16;
const BARS = "▁▂▃▄▅▆▇█";

export function summarizeTensor(values: FloatArray): TensorSummary {
  let sum = 0;
  let smallest = Number.POSITIVE_INFINITY;
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    sum += value;
    smallest = Math.min(smallest, value);
    largest = Math.max(largest, value);
  }
  const mean = sum / values.length;
  let squares = 0;
  const histogram = Array<number>(BINS).fill(0);
  const span = largest - smallest;
  for (const value of values) {
    squares += (value - mean) ** 2;
    const bin = span > 0 ? Math.min(BINS - 1, Math.floor((BINS * (value - smallest)) / span)) : BINS / 2;
    histogram[bin]!++;
  }
  return { mean, deviation: Math.sqrt(squares / values.length), smallest, largest, histogram };
}

/** A bar for each count, the highest for the largest; none for 0, so that a single outlier can be seen. */
export function sparkline(counts: readonly number[]): string {
  const most = Math.max(...counts);
  return counts
    .map((count) => (count === 0 ? " " : BARS[Math.min(BARS.length - 1, Math.floor((BARS.length * count) / most))]))
    .join("");
}

/** A row for each tensor under a heading, in columns. */
export function tensorTable(
  tensors: readonly ({ readonly name: string; readonly shape: readonly number[] } & TensorSummary)[],
): string[] {
  const rows = [
    ["tensor", "shape", "mean", "deviation", "smallest", "largest", "histogram"],
    ...tensors.map(({ name, shape, mean, deviation, smallest, largest, histogram }) => [
      name,
      `(${shape.join(", ")})`,
      ...[mean, deviation, smallest, largest].map(shortNumber),
      sparkline(histogram),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column > 1 && column < row.length - 1 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join("  ")
      .trimEnd(),
  );
}

/** Three digits, with an exponent only where there would be many zeros. */
function shortNumber(value: number): string {
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-4 || size >= 1e6) ? value.toExponential(2) : String(Number(value.toPrecision(3)));
}
