/** What came out of one race: a table, and charloom against the best of every family on as many threads. */

import type { ContenderReport } from "../engine-race.ts";
import { speedRatio } from "../rounds.ts";
import { formatCount, formatDifference, formatRange, formatRatio, formatSeconds, table } from "../table.ts";
import type { Racer } from "./contenders.ts";

/** A row of a table, with what it is compared as. */
export type Result = ContenderReport & Pick<Racer, "family" | "threads">;

/** One row a contender, each compared with the first. `characters` of work make a `unit`, say a step. */
export function resultTable(results: readonly Result[], unit: string, characters: number): string {
  const head = ["", "off by", "characters/s", "rounds", unit, "charloom is", "rounds"];
  const rows = results.map(({ name, difference, charactersPerSecond, rounds, firstIs }, i) => [
    name,
    formatDifference(difference),
    formatCount(charactersPerSecond),
    `${formatCount(Math.min(...rounds))}–${formatCount(Math.max(...rounds))}`,
    formatSeconds(characters / charactersPerSecond),
    ...(i === 0 ? ["", ""] : [formatRatio(firstIs.median), formatRange(firstIs.min, firstIs.max)]),
  ]);
  return table(head, rows);
}

/** Each of charloom's against the best of every other family on as many threads, a row each. */
export function comparisonTable(results: readonly Result[]): string {
  const ours = results.filter(isCharloom);
  const families = [...new Set(results.filter((result) => !isCharloom(result)).map(({ family }) => family))];
  const head = ["how many times as fast, on as many threads", ...families];
  const rows = ours.map((result) => [
    result.name,
    ...families.map((family) => {
      const rival = fastest(results.filter((other) => other.family === family && other.threads === result.threads));
      return rival === undefined ? "" : formatRatio(speedRatio(result.rounds, rival.rounds).median);
    }),
  ]);
  return table(head, rows);
}

function isCharloom({ family }: Result): boolean {
  return family.startsWith("charloom");
}

function fastest(results: readonly Result[]): Result | undefined {
  return [...results].sort((a, b) => b.charactersPerSecond - a.charactersPerSecond)[0];
}
