/**
 * Softmax of one row, p[i] = exp(s·(x[i] - max)) / Σ exp(s·(x[j] - max)), with s the inverse temperature.
 *
 * Terms below e⁻⁶⁰ of the largest count as 0: they change no float of the sum, and products with them would soon be
 * subnormal. The sum runs over four lanes, i mod 4, and ends as (0 + 2) + (1 + 3).
 *
 * Relative error of any other p[i] at most (2·s·(max - x[i]) + 2·ln count + count/4 + 8)·2⁻²⁴: the first two terms are
 * the rounding of exp's argument, the third that of the sum. A NaN or +Inf anywhere makes the whole row NaN; a logit of
 * -Inf has probability 0.
 */

import { Exp } from "./exp.ts";
import { laneMask, loadSecond, maxLanes, storePartial, storeUpTo8, sumLanes } from "./simd.ts";

const LEAST = memory.data<f32>([-60.0, -60.0, -60.0, -60.0]);
const NEGATIVE_INFINITY = memory.data<u32>([0xff800000]);

/** The largest of x[0 … count); NaN if one is NaN. count ≥ 1. */
export function maximum(x: usize, count: i32): f32 {
  const lowest = v128.load32_splat(NEGATIVE_INFINITY);
  // apart from each other, since a maximum that keeps NaN takes seven instructions, each waiting for the one before
  let largest = lowest;
  let unordered = f32x4.splat(0);
  for (const end = x + ((<usize>(count & ~3)) << 2); x < end; x += 16) {
    const values = v128.load(x);
    largest = f32x4.pmax(largest, values);
    unordered = v128.or(unordered, f32x4.ne(values, values));
  }
  if (count & 3) {
    const values = v128.bitselect(v128.load(x), lowest, laneMask(count & 3));
    largest = f32x4.pmax(largest, values);
    unordered = v128.or(unordered, f32x4.ne(values, values));
  }
  return v128.any_true(unordered) ? NaN : maxLanes(largest);
}

/**
 * Writes exp(scale · (x[i] - max)) for i < count and returns the sum; in place allowed. scale > 0.
 * Softmax is this divided by the sum, cross-entropy its logarithm.
 */
export function expRow(result: usize, x: usize, count: i32, max: f32, scale: f32): f32 {
  const shift = f32x4.splat(max);
  const factor = f32x4.splat(scale);
  let sum = f32x4.splat(0);
  for (const end = result + ((<usize>(count & ~7)) << 2); result < end; result += 32, x += 32) {
    const x0 = f32x4.mul(f32x4.sub(v128.load(x), shift), factor);
    const x1 = f32x4.mul(f32x4.sub(v128.load(x, 16), shift), factor);
    const term0 = orZero(Exp.pairInRange(x0, x1), x0);
    const term1 = orZero(Exp.second, x1);
    v128.store(result, term0);
    v128.store(result, term1, 16);
    sum = f32x4.add(f32x4.add(sum, term0), term1);
  }
  const left = count & 7;
  if (left > 0) {
    const x0 = f32x4.mul(f32x4.sub(v128.load(x), shift), factor);
    const x1 = f32x4.mul(f32x4.sub(loadSecond(x, left), shift), factor);
    const term0 = orZero(Exp.pairInRange(x0, x1), x0);
    const term1 = orZero(Exp.second, x1);
    storeUpTo8(result, term0, term1, left);
    // lanes behind the row count for nothing
    sum = f32x4.add(sum, left < 4 ? v128.and(term0, laneMask(left)) : term0);
    if (left > 4) sum = f32x4.add(sum, v128.and(term1, laneMask(left - 4)));
  }
  return sumLanes(sum);
}

/** A term exp(x), x ≤ 0, or 0 where it is too small to count, long before it leaves the range of exp. */
function orZero(term: v128, x: v128): v128 {
  return v128.andnot(term, f32x4.lt(x, v128.load(LEAST)));
}

/** x[i] *= factor for i < count. */
export function scale(x: usize, factor: f32, count: i32): void {
  const factors = f32x4.splat(factor);
  const end = x + ((<usize>(count & ~3)) << 2);
  for (; x < end; x += 16) v128.store(x, f32x4.mul(v128.load(x), factors));
  if (count & 3) storePartial(x, f32x4.mul(v128.load(x), factors), count & 3);
}

/** Probabilities of one row of logits; in place allowed. count ≥ 1, inverseTemperature > 0. */
export function softmax(result: usize, logits: usize, count: i32, inverseTemperature: f32): void {
  const sum = expRow(result, logits, count, maximum(logits, count), inverseTemperature);
  scale(result, 1 / sum, count);
}
