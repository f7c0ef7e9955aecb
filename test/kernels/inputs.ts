/** What the kernels are fed. */

import { RandomStream } from "../../src/core/random.ts";

/** Counts that end in every kind of tail, with and without whole vectors before it. */
export const COUNTS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 31, 32, 33, 63, 64, 65];

const pool = poolOfUnits(1 << 14);

function poolOfUnits(count: number): Float32Array {
  const stream = new RandomStream(2015, 5);
  return Float32Array.from({ length: count }, () => 2 * stream.nextUnit() - 1);
}

/** Floats in [-scale, scale], other ones for another `which`. */
export function randomFloats(count: number, which: number, scale = 1): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => scale * pool[(i + 1231 * which) % pool.length]!);
}
