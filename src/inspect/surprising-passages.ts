/** Where a text is least what a model expects. */

import { checkWholeNumber } from "../core/engine.ts";

/** A stretch of a text's tokens. */
export interface Passage {
  /** Number of its first token, from 0. */
  readonly start: number;
  /** Number of the token after its last. */
  readonly end: number;
  readonly natsPerToken: number;
}

export interface PassageOptions {
  /** Tokens of a passage; 24 if left out. Of a shorter text, all. */
  readonly length?: number;
  /** Passages at most; 5 if left out. */
  readonly count?: number;
}

/**
 * The passages with the most nats, given each token's (`scoreTokens` has them), the most surprising first. No two share a token,
 * and each is more surprising than the text as a whole; of equals the earlier comes first. Throws a RangeError for a length below
 * 1 or a negative count.
 */
export function surprisingPassages(nats: ArrayLike<number>, options: PassageOptions = {}): Passage[] {
  const { length: wanted = 24, count = 5 } = options;
  checkWholeNumber("length", wanted, 1, Number.MAX_SAFE_INTEGER);
  checkWholeNumber("count", count, 0, Number.MAX_SAFE_INTEGER);
  const length = Math.min(wanted, nats.length);
  const sums = runningSums(nats);
  const mean = sums[nats.length]! / nats.length;
  const starts = Array.from({ length: nats.length - length + 1 }, (_, start) => start);
  const sumFrom = (start: number) => sums[start + length]! - sums[start]!;
  starts.sort((a, b) => sumFrom(b) - sumFrom(a) || a - b);
  const found: Passage[] = [];
  for (const start of starts) {
    const natsPerToken = sumFrom(start) / length;
    // sums of equal parts may differ in their last places
    if (found.length === count || !(natsPerToken > mean * (1 + 1e-9))) break;
    if (found.some((other) => Math.abs(other.start - start) < length)) continue;
    found.push({ start, end: start + length, natsPerToken });
  }
  return found;
}

/** The sums of the first 0, 1, 2 … values. */
function runningSums(values: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) sums[i + 1] = sums[i]! + values[i]!;
  return sums;
}
