/**
 * Σ x[i]² in a fixed order: blocks of BLOCK elements, each summed in four lanes (i mod 4) and closed as (0 + 2) + (1 + 3); the
 * blocks' sums are added one after the other in float64. So blocks may be shared out among threads without changing a bit.
 *
 * Relative error at most 1.6e-5 at any length, as long as no square is subnormal and no block's sum overflows (each x is
 * 0 or |x| from 1.1e-19 to 5e17). NaN and ±Inf carry through.
 */

import { laneMask, multiplyAdd, sumLanes } from "./simd.ts";

/** Elements in a block; a multiple of 4. */
const BLOCK = 1024;

/** Blocks of `count` elements. */
export function blocksOf(count: i32): i32 {
  return (count + BLOCK - 1) / BLOCK;
}

/** Σ x[i]² of each block from `first` to before `end`, into sums[block]. */
export function squareBlocks(sums: usize, x: usize, count: i32, first: i32, end: i32): void {
  for (let block = first; block < end; block++) {
    const start = block * BLOCK;
    const sum = blockSumOfSquares(x + ((<usize>start) << 2), min(BLOCK, count - start));
    store<f32>(sums + ((<usize>block) << 2), sum);
  }
}

/** The sum of the blocks' sums. */
export function addBlocks(sums: usize, blocks: i32): f64 {
  let total: f64 = 0;
  for (const end = sums + ((<usize>blocks) << 2); sums < end; sums += 4) total += <f64>load<f32>(sums);
  return total;
}

function blockSumOfSquares(x: usize, count: i32): f32 {
  let sum = f32x4.splat(0);
  const end = x + ((<usize>(count & ~3)) << 2);
  for (; x < end; x += 16) {
    const value = v128.load(x);
    sum = multiplyAdd(value, value, sum);
  }
  if (count & 3) {
    const value = v128.and(v128.load(x), laneMask(count & 3));
    sum = multiplyAdd(value, value, sum);
  }
  return sumLanes(sum);
}
