/** How much is broken: a little in every test run, a lot with FAULTS=long (npm run test:faults), counts printed at the end. */

import { afterAll } from "vitest";

const LONG = process.env.FAULTS === "long";

/** One of two numbers, for the short and for the long form. */
export function scaled(short: number, long: number): number {
  return LONG ? long : short;
}

/** Milliseconds that a test of the long form may take. */
export const PATIENCE = LONG ? 3_600_000 : 120_000;

/** Counts what happened, by name, and prints it when the file's tests are done. */
export class Tally {
  private readonly counts = new Map<string, number>();

  constructor(title: string) {
    afterAll(() => {
      const counts = [...this.counts].map(([what, count]) => `${count.toLocaleString("en-US")} ${what}`);
      console.log(`${title}: ${counts.join(", ")}`);
    });
  }

  add(what: string, count = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + count);
  }
}

/** Numbers from 0 to just below 1, the same for the same seed. */
export function seededNumbers(seed: number): () => number {
  let state = seed;
  // mulberry32
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
