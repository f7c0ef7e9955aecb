/**
 * The few SIMD idioms that every kernel shares: the multiply-add that defines the numerics class, and the last 1 to 3
 * elements of a row.
 *
 * A kernel may *read* up to 12 bytes past the end of its input (the arena keeps OVERREAD_BYTES behind each region): what
 * it finds there stays in lanes that never reach a result. It never *writes* past the end of its output. So any size is an
 * ordinary size, tensors need no padding, and a row's tail costs no branch inside a loop.
 */

/** Bytes that stay readable behind the last tensor of a region. */
export const OVERREAD_BYTES: usize = 16;

/**
 * c + a·b. Rounded twice it is the `strict` numerics class; rounded once, in a build with relaxed SIMD on an engine that
 * fuses, the `fused` one. Relaxed SIMD leaves the choice to the engine: the host asks (`probeMultiplyAdd`) before it computes.
 */
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<f32>(a, b, c);
  return f32x4.add(c, f32x4.mul(a, b));
}

/**
 * x where it is below `bound`, else `bound`; NaN for a NaN in x. One instruction, where the symmetric f32x4.min takes seven on
 * x86: a bound is no NaN, and 0 and -0 do not meet here.
 */
export function atMost(x: v128, bound: v128): v128 {
  return f32x4.pmin(x, bound);
}

/** x where it is above `bound`, else `bound`; NaN for a NaN in x. */
export function atLeast(x: v128, bound: v128): v128 {
  return f32x4.pmax(x, bound);
}

/** Stores the first `count` (1 to 3) lanes of `value`. */
export function storePartial(address: usize, value: v128, count: i32): void {
  if (count == 1) {
    v128.store32_lane(address, value, 0);
  } else {
    v128.store64_lane(address, value, 0);
    if (count == 3) v128.store32_lane(address, value, 2, 8);
  }
}

/** Stores the first `left` lanes of `value`, all four if there are as many. */
export function storeUpTo4(address: usize, value: v128, left: i32): void {
  if (left >= 4) v128.store(address, value);
  else storePartial(address, value, left);
}

/** The second of two vectors where there are more than four floats `left`; else the first, which lies no further than they do. */
export function loadSecond(address: usize, left: i32): v128 {
  return v128.load(left > 4 ? address + 16 : address);
}

/** Stores the first `left` lanes of `first` and `second`, all eight if there are as many. */
export function storeUpTo8(address: usize, first: v128, second: v128, left: i32): void {
  if (left >= 8) {
    v128.store(address, first);
    v128.store(address, second, 16);
  } else {
    storeUpTo4(address, first, left);
    if (left > 4) storePartial(address + 16, second, left - 4);
  }
}

// three set lanes, then three clear ones: a window of four that starts at 3 - count has `count` set lanes
const LANE_MASKS = memory.data<i32>([-1, -1, -1, 0, 0, 0]);

/** All bits of the first `count` (1 to 3) lanes. */
export function laneMask(count: i32): v128 {
  return v128.load(LANE_MASKS + ((<usize>(3 - count)) << 2));
}

/** The sum of four lanes, always as (0 + 2) + (1 + 3). */
export function sumLanes(value: v128): f32 {
  const pairs = f32x4.add(value, v128.shuffle<f32>(value, value, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** The largest of four lanes; NaN if any is NaN. */
export function maxLanes(value: v128): f32 {
  const pairs = f32x4.max(value, v128.shuffle<f32>(value, value, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.max(pairs, v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2)), 0);
}
