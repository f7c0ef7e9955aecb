/**
 * The most that this processor and engine do with v128: multiply-adds that depend on nothing but themselves, in registers alone.
 * It is what the throughput of products is measured against.
 *
 *   s_i = s_i·a + b        12 chains of 4 lanes
 *
 * Chains hide the latency of a multiplication and an addition, and twelve are what sixteen registers hold beside a, b and a
 * product: V8 made 25, 29, 24, 42 and 24 GFLOP/s of 6, 8, 10, 12 and 14 of them, and fused, where 8 do, 39, 50, 51, 51 and 27.
 */

import { multiplyAdd } from "../kernels/simd.ts";

/** Operations of one turn. */
export const PEAK_FLOPS: i32 = 2 * 4 * 12;

/** The sum over chains of one lane after `turns` turns, chain i having begun at i. */
export function multiplyAddPeak(turns: i32, factor: f32, summand: f32): f32 {
  const a = f32x4.splat(factor);
  const b = f32x4.splat(summand);
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(1);
  let s2 = f32x4.splat(2);
  let s3 = f32x4.splat(3);
  let s4 = f32x4.splat(4);
  let s5 = f32x4.splat(5);
  let s6 = f32x4.splat(6);
  let s7 = f32x4.splat(7);
  let s8 = f32x4.splat(8);
  let s9 = f32x4.splat(9);
  let s10 = f32x4.splat(10);
  let s11 = f32x4.splat(11);
  for (; turns > 0; turns--) {
    s0 = multiplyAdd(s0, a, b);
    s1 = multiplyAdd(s1, a, b);
    s2 = multiplyAdd(s2, a, b);
    s3 = multiplyAdd(s3, a, b);
    s4 = multiplyAdd(s4, a, b);
    s5 = multiplyAdd(s5, a, b);
    s6 = multiplyAdd(s6, a, b);
    s7 = multiplyAdd(s7, a, b);
    s8 = multiplyAdd(s8, a, b);
    s9 = multiplyAdd(s9, a, b);
    s10 = multiplyAdd(s10, a, b);
    s11 = multiplyAdd(s11, a, b);
  }
  const sum0 = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
  const sum1 = f32x4.add(f32x4.add(s4, s5), f32x4.add(s6, s7));
  const sum2 = f32x4.add(f32x4.add(s8, s9), f32x4.add(s10, s11));
  return f32x4.extract_lane(f32x4.add(f32x4.add(sum0, sum1), sum2), 0);
}
