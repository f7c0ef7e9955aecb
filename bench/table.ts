/** A head and rows of as many cells, for a terminal or a page. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function formatTable({ head, rows }: Table): string {
  return table(head, rows);
}

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

/** Seconds as ns, µs, ms or s, to three significant figures. */
export function formatSeconds(seconds: number): string {
  if (seconds < 1e-6) return `${Number((seconds * 1e9).toPrecision(3))} ns`;
  if (seconds < 1e-3) return `${Number((seconds * 1e6).toPrecision(3))} µs`;
  if (seconds < 1) return `${Number((seconds * 1e3).toPrecision(3))} ms`;
  return `${Number(seconds.toPrecision(3))} s`;
}

/** 12,451,840 bytes as 12.5 MB. */
export function formatBytes(bytes: number): string {
  const [size, unit] = bytes < 1e6 ? [bytes / 1e3, "KB"] : bytes < 1e9 ? [bytes / 1e6, "MB"] : [bytes / 1e9, "GB"];
  return `${Number(size.toPrecision(3))} ${unit}`;
}

/** Operations or elements per second in units of 10⁹: "37.2", "0.83". */
export function formatGiga(perSecond: number): string {
  const giga = perSecond / 1e9;
  return giga < 10 ? giga.toFixed(2) : giga.toFixed(1);
}

/** "83 %". */
export function formatShare(share: number): string {
  return `${Math.round(100 * share)} %`;
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
