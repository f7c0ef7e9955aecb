/** What the sections of the page share. */

import { grouped } from "./html.ts";
import type { RunRecords } from "./run-records.ts";
import type { Reached, RunSummary } from "./run-summary.ts";

export interface Report {
  readonly records: RunRecords;
  readonly summary: RunSummary;
  /** What a token is: "character", "word", "byte", or just "token". */
  readonly unit: string;
}

const LONGEST_VALUE = 200;

export function after({ step }: Reached): string {
  return step === 0 ? "before training" : `at step ${grouped(step)}`;
}

export function epochNumber(epochs: number): string {
  return epochs < 100 ? epochs.toFixed(epochs < 1 ? 2 : 1) : grouped(epochs);
}

/** Not more of a text than a cell of a table holds. */
export function cut(text: string): string {
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

/** At most `most` of a list: the first, the last, and evenly spaced ones between, counted from the last. */
export function thinned<T>(list: readonly T[], most: number): T[] {
  const every = Math.ceil((list.length - 1) / (most - 1));
  return list.filter((_, i) => i === 0 || (list.length - 1 - i) % every === 0);
}
