/** A table for a terminal: the first column to the left, numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const rule = widths.map((width) => "─".repeat(width));
  return [head, rule, ...rows].map((line) => `  ${alignCells(line, widths)}`.trimEnd()).join("\n");
}

function alignCells(cells: readonly string[], widths: readonly number[]): string {
  return cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ");
}

/** 142,300: to three or four significant figures, which is as many as a bench knows. */
export function formatCount(value: number): string {
  return Number(value.toPrecision(4)).toLocaleString("en-US", { maximumFractionDigits: 0 });
}

/** Seconds as ns, µs or ms, to three significant figures. */
export function formatSeconds(seconds: number): string {
  if (seconds < 1e-6) return `${Number((seconds * 1e9).toPrecision(3))} ns`;
  if (seconds < 1e-3) return `${Number((seconds * 1e6).toPrecision(3))} µs`;
  return `${Number((seconds * 1e3).toPrecision(3))} ms`;
}

/** "11.8×". */
export function formatRatio(ratio: number): string {
  return `${ratio.toPrecision(3)}×`;
}

/** "11.2–12.3". */
export function formatRange(min: number, max: number): string {
  return `${min.toPrecision(3)}–${max.toPrecision(3)}`;
}

/** "1.7e-7". */
export function formatDifference(difference: number): string {
  return difference.toExponential(1);
}
