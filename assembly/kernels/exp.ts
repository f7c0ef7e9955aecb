/**
 * exp on four floats: x = n·ln 2 + r with |r| ≤ ½ ln 2, then exp(x) = 2ⁿ · p(r), p of degree 7 (coefficients of Cephes'
 * expf, S. Moshier).
 *
 * Error at most 1.0 ULP for x in [-86, 88.7228] (0.9904 measured over all of its floats, at 70.4031). Below -86 the
 * result is 0 (a float would be subnormal soon after, and those cost a hundred times a normal one); from 88.72284 on it
 * is +Inf. exp(-Inf) = 0, exp(+Inf) = +Inf, exp(NaN) = NaN.
 */

import { atLeast, atMost, storePartial } from "./simd.ts";

// in memory, not literals: V8 builds a v128 literal anew on every turn of a loop
const C = memory.data<f32>([
  -86.0, // 0: below, the result is 0
  89.0, // 4: above, it overflows anyway
  1.44269504088896341, // 8: 1 / ln 2
  -0.693359375, // 12: -ln 2, the part that n times is exact
  2.1219444e-4, // 16: -ln 2, the rest
  1.98756915e-4, // 20: p, highest power first
  1.3981999507e-3,
  8.3334519073e-3,
  4.1665795894e-2,
  1.6666665459e-1,
  5.0000001201e-1, // 40
  1.0, // 44
  12582912.0, // 48: 1.5·2²³, among floats that are one apart: what is added to it comes out rounded to a whole number
]);
/** Half of the exponent's bias: of 2ⁿ⁻¹, since n reaches 128, whose power of two is no float. */
const BIAS = memory.data<i32>([126]);

export function exp4(x: v128): v128 {
  const lowest = v128.load32_splat(C);
  const clamped = atLeast(atMost(x, v128.load32_splat(C, 4)), lowest);
  const magic = v128.load32_splat(C, 48);
  const shifted = f32x4.add(f32x4.mul(clamped, v128.load32_splat(C, 8)), magic);
  const n = f32x4.sub(shifted, magic);
  let r = f32x4.add(clamped, f32x4.mul(n, v128.load32_splat(C, 12)));
  r = f32x4.add(r, f32x4.mul(n, v128.load32_splat(C, 16)));

  let p = f32x4.add(f32x4.mul(v128.load32_splat(C, 20), r), v128.load32_splat(C, 24));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(C, 28));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(C, 32));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(C, 36));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(C, 40));
  p = f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r);
  p = f32x4.add(p, v128.load32_splat(C, 44));

  // the low bits of `shifted` are those of n: scale by 2ⁿ⁻¹, then by 2
  const exponent = i32x4.shl(i32x4.add(shifted, v128.load32_splat(BIAS)), 23);
  const half = f32x4.mul(p, exponent);
  return v128.andnot(f32x4.add(half, half), f32x4.lt(x, lowest));
}

/** result[i] = exp(x[i]) for i < count; in place allowed. */
export function exp(result: usize, x: usize, count: i32): void {
  const end = result + ((<usize>(count & ~3)) << 2);
  for (; result < end; result += 16, x += 16) v128.store(result, exp4(v128.load(x)));
  if (count & 3) storePartial(result, exp4(v128.load(x)), count & 3);
}
