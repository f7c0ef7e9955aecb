/**
 * Natural logarithm on four floats: x = m·2ᵉ with m in [√½, √2), then log x = e·ln 2 + log m, log m = f - f²/2 + f³·p(f) with
 * f = m - 1 and p of degree 8 (coefficients of Cephes' logf, S. Moshier).
 *
 * Error at most 0.83 ULP for every normal positive float (0.8291 measured over all of them, at 0.699977). Zero and
 * positive subnormals give -Inf, negative numbers NaN; log(+Inf) = +Inf, log(NaN) = NaN.
 */

import { storePartial } from "./simd.ts";

const C = memory.data<f32>([
  0.70710678118654752, // 0: √½
  1.0, // 4
  7.0376836292e-2, // 8: p, highest power first
  -1.151461031e-1,
  1.167699874e-1,
  -1.2420140846e-1,
  1.4249322787e-1,
  -1.6668057665e-1,
  2.0000714765e-1,
  -2.4999993993e-1,
  3.3333331174e-1, // 40
  -2.1219444e-4, // 44: ln 2, the small part
  0.5, // 48
  0.693359375, // 52: ln 2, the part that e times is exact
  1.17549435e-38, // 56: smallest normal float
]);
const INFINITY = memory.data<u32>([0x7f800000]);
const QUIET_NAN = memory.data<u32>([0x7fc00000]);

export function log4(x: v128): v128 {
  const one = v128.load32_splat(C, 4);
  // mantissa with the exponent of ½: m in [½, 1)
  let m = v128.or(v128.and(x, i32x4.splat(0x007fffff)), i32x4.splat(0x3f000000));
  let e = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_u(x, 23), i32x4.splat(126)));
  const low = f32x4.lt(m, v128.load32_splat(C));
  e = f32x4.sub(e, v128.and(low, one));
  m = f32x4.add(m, v128.and(low, m)); // doubled where it was below √½
  const f = f32x4.sub(m, one);
  const z = f32x4.mul(f, f);

  let p = f32x4.add(f32x4.mul(v128.load32_splat(C, 8), f), v128.load32_splat(C, 12));
  p = f32x4.add(f32x4.mul(p, f), v128.load32_splat(C, 16));
  p = f32x4.add(f32x4.mul(p, f), v128.load32_splat(C, 20));
  p = f32x4.add(f32x4.mul(p, f), v128.load32_splat(C, 24));
  p = f32x4.add(f32x4.mul(p, f), v128.load32_splat(C, 28));
  p = f32x4.add(f32x4.mul(p, f), v128.load32_splat(C, 32));
  p = f32x4.add(f32x4.mul(p, f), v128.load32_splat(C, 36));
  p = f32x4.add(f32x4.mul(p, f), v128.load32_splat(C, 40));
  p = f32x4.mul(f32x4.mul(p, f), z);
  p = f32x4.add(p, f32x4.mul(e, v128.load32_splat(C, 44)));
  p = f32x4.sub(p, f32x4.mul(z, v128.load32_splat(C, 48)));
  let y = f32x4.add(f32x4.add(f, p), f32x4.mul(e, v128.load32_splat(C, 52)));

  const infinity = v128.load32_splat(INFINITY);
  const normal = f32x4.ge(x, v128.load32_splat(C, 56));
  const finite = f32x4.lt(x, infinity);
  y = v128.bitselect(y, x, finite); // +Inf and NaN stand for themselves
  const below = v128.bitselect(v128.load32_splat(QUIET_NAN), f32x4.neg(infinity), f32x4.lt(x, f32x4.splat(0)));
  return v128.bitselect(below, y, v128.andnot(finite, normal));
}

/** result[i] = log(x[i]) for i < count; in place allowed. */
export function log(result: usize, x: usize, count: i32): void {
  const end = result + ((<usize>(count & ~3)) << 2);
  for (; result < end; result += 16, x += 16) v128.store(result, log4(v128.load(x)));
  if (count & 3) storePartial(result, log4(v128.load(x)), count & 3);
}
