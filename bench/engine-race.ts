/** Times contenders on one piece of work, training or sampling, after they have agreed on its results. */

import { checkAgreement, type Scale } from "./agreement.ts";
import type { Contender } from "./contender.ts";
import { interleave, median, type Ratio, speedRatio } from "./rounds.ts";
import { formatCount, formatDifference, formatRange, formatRatio, formatSeconds, table } from "./table.ts";

export interface RaceSettings {
  readonly rounds: number;
  readonly roundSeconds: number;
  readonly scale: Scale;
  /** The float64 reference's evidence, where that is not one of the contenders. */
  readonly expected?: readonly number[];
}

export interface Entry {
  readonly contender: Contender;
  /** How far its evidence may lie from that of the entry whose tolerance is 0: the float64 reference. */
  readonly tolerance: number;
}

export interface ContenderReport {
  readonly name: string;
  /** Median of the rounds. */
  readonly charactersPerSecond: number;
  readonly rounds: readonly number[];
  /** How many times as fast the first contender is; of the first itself, 1. */
  readonly firstIs: Ratio;
  /** Largest difference of its evidence from the float64 reference's, as a fraction. */
  readonly difference: number;
}

/**
 * The first entry is the one that the others are compared with. Throws a DisagreementError before anything is timed.
 */
export async function raceContenders(entries: readonly Entry[], settings: RaceSettings): Promise<ContenderReport[]> {
  const { rounds, roundSeconds, scale } = settings;
  try {
    const evidence: (readonly number[])[] = [];
    for (const { contender } of entries) evidence.push(await contender.start());
    const expected = settings.expected ?? evidence[entries.findIndex(({ tolerance }) => tolerance === 0)]!;
    const differences = entries.map(({ contender, tolerance }, i) =>
      checkAgreement(contender.name, evidence[i]!, expected, tolerance, scale),
    );
    const sides = entries.map(
      ({ contender }) =>
        () =>
          contender.round(roundSeconds),
    );
    // to warm up: V8 compiles, numpy loads
    await interleave(sides, 1);
    const speeds = await interleave(sides, rounds);
    return entries.map(({ contender }, i) => ({
      name: contender.name,
      charactersPerSecond: median(speeds[i]!),
      rounds: speeds[i]!,
      firstIs: speedRatio(speeds[0]!, speeds[i]!),
      difference: differences[i]!,
    }));
  } finally {
    for (const { contender } of entries) await contender.close();
  }
}

/**
 * One row a contender. `characters` of work make a unit, say a step; `flops` are its operations, 0 for no such column.
 */
export function contenderTable(
  reports: readonly ContenderReport[],
  { unit, characters, flops }: { readonly unit: string; readonly characters: number; readonly flops: number },
): string {
  const counted = flops > 0;
  const head = ["", "off by", "characters/s", "rounds", unit, ...(counted ? ["GFLOP/s"] : []), "wasm is", "rounds"];
  const rows = reports.map(({ name, difference, charactersPerSecond, rounds, firstIs }, i) => [
    name,
    difference === 0 ? "" : formatDifference(difference),
    formatCount(charactersPerSecond),
    `${formatCount(Math.min(...rounds))}–${formatCount(Math.max(...rounds))}`,
    formatSeconds(characters / charactersPerSecond),
    ...(counted ? [((charactersPerSecond * flops) / characters / 1e9).toFixed(2)] : []),
    ...(i === 0 ? ["", ""] : [formatRatio(firstIs.median), formatRange(firstIs.min, firstIs.max)]),
  ]);
  return table(head, rows);
}
