/** Times contenders on one piece of work, training or sampling, after they have agreed on its results. */

import { checkAgreement, type Scale } from "./agreement.ts";
import type { Contender } from "./contender.ts";
import { interleave, median, type Ratio, speedRatio } from "./rounds.ts";

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
  /** Whether one step takes so long that it runs one round alone, not warmed up but by its evidence. */
  readonly slow?: boolean;
}

export interface ContenderReport {
  readonly name: string;
  readonly threads: number;
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
    const evidence = await Promise.all(entries.map(({ contender }) => contender.start()));
    const expected = settings.expected ?? evidence[entries.findIndex(({ tolerance }) => tolerance === 0)]!;
    const differences = entries.map(({ contender, tolerance }, i) =>
      checkAgreement(contender.name, evidence[i]!, expected, tolerance, scale),
    );
    const side =
      ({ contender }: Entry) =>
      () =>
        contender.round(roundSeconds);
    const quick = entries.filter(({ slow }) => !slow);
    // to warm up: V8 compiles, numpy loads
    await interleave(quick.map(side), 1);
    // what is slow has its round among the others', in the first of theirs
    const first = await interleave(entries.map(side), 1);
    const others = await interleave(quick.map(side), rounds - 1);
    const speeds = entries.map((entry, i) => [...first[i]!, ...(others[quick.indexOf(entry)] ?? [])]);
    return entries.map(({ contender }, i) => ({
      name: contender.name,
      threads: contender.threads ?? 1,
      charactersPerSecond: median(speeds[i]!),
      rounds: speeds[i]!,
      firstIs: speedRatio(speeds[0]!, speeds[i]!),
      difference: differences[i]!,
    }));
  } finally {
    for (const { contender } of entries) await contender.close();
  }
}
