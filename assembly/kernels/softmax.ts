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

import { exp4 } from "./exp.ts";
import { laneMask, maxLanes, storePartial, sumLanes } from "./simd.ts";

const C = memory.data<f32>([-60.0]);
const NEGATIVE_INFINITY = memory.data<u32>([0xff800000]);

/** The largest of x[0 … count); NaN if one is NaN. count ≥ 1. */
export function maximum(x: usize, count: i32): f32 {
  let largest = v128.load32_splat(NEGATIVE_INFINITY);
  const end = x + ((<usize>(count & ~3)) << 2);
  for (; x < end; x += 16) largest = f32x4.max(largest, v128.load(x));
  if (count & 3) {
    const tail = v128.bitselect(v128.load(x), v128.load32_splat(NEGATIVE_INFINITY), laneMask(count & 3));
    largest = f32x4.max(largest, tail);
  }
  return maxLanes(largest);
}

/**
 * Writes exp(scale · (x[i] - max)) for i < count and returns the sum; in place allowed. scale > 0.
 * Softmax is this divided by the sum, cross-entropy its logarithm.
 */
export function expRow(result: usize, x: usize, count: i32, max: f32, scale: f32): f32 {
  const shift = f32x4.splat(max);
  const factor = f32x4.splat(scale);
  let sum = f32x4.splat(0);
  const end = result + ((<usize>(count & ~3)) << 2);
  for (; result < end; result += 16, x += 16) {
    const term = expOrZero(f32x4.mul(f32x4.sub(v128.load(x), shift), factor));
    v128.store(result, term);
    sum = f32x4.add(sum, term);
  }
  if (count & 3) {
    const term = expOrZero(f32x4.mul(f32x4.sub(v128.load(x), shift), factor));
    storePartial(result, term, count & 3);
    sum = f32x4.add(sum, v128.and(term, laneMask(count & 3)));
  }
  return sumLanes(sum);
}

function expOrZero(x: v128): v128 {
  return v128.andnot(exp4(x), f32x4.lt(x, v128.load32_splat(C)));
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
