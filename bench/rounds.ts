/**
 * Rounds A B C A B C …, so that whatever else the machine does falls on all alike, and what they add up to: the median
 * of each, and how the first compares with the others.
 */

/** Runs each of `sides` once a round; result[i][r] is what side i returned in round r. */
export async function interleave(
  sides: readonly (() => number | Promise<number>)[],
  rounds: number,
): Promise<number[][]> {
  const figures: number[][] = sides.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, side] of sides.entries()) figures[i]!.push(await side());
  }
  return figures;
}

export interface Ratio {
  /** Of the two medians. */
  readonly median: number;
  /** Of the rounds, each taken alone. */
  readonly min: number;
  readonly max: number;
}

/**
 * How many times `speeds` is the speed of `others`, round by round; both in the same unit, more is faster. Where one side ran
 * fewer rounds than the other, its last stands for those that it has not.
 */
export function speedRatio(speeds: readonly number[], others: readonly number[]): Ratio {
  const rounds = Math.max(speeds.length, others.length);
  const ratios = Array.from(
    { length: rounds },
    (_, round) => (speeds[round] ?? speeds.at(-1)!) / (others[round] ?? others.at(-1)!),
  );
  return { median: median(speeds) / median(others), min: Math.min(...ratios), max: Math.max(...ratios) };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
