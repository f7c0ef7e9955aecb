/**
 * exp on four floats: x = n·ln 2 + r with |r| ≤ ½ ln 2, then exp(x) = 2ⁿ · p(r), p of degree 7 (coefficients of Cephes'
 * expf, S. Moshier).
 *
 * Error at most 1.0 ULP for x in [-86, 88.7228] (0.9904 measured over all of its floats, at 70.4031). Below -86 the
 * result is 0 (a float would be subnormal soon after, and those cost a hundred times a normal one); from 88.72284 on it
 * is +Inf. exp(-Inf) = 0, exp(+Inf) = +Inf, exp(NaN) = NaN.
 *
 * Two vectors at a time: each step waits for the one before it, and what one vector waits for the other uses.
 */

import { atLeast, atMost, loadSecond, storeUpTo8 } from "./simd.ts";

// in memory, not literals: V8 builds a v128 literal anew on every turn of a loop. Four times each, since it makes an address of its
// own for every constant that is spread over four lanes
const LOWEST = memory.data<f32>([-86.0, -86.0, -86.0, -86.0]); // below, the result is 0
const HIGHEST = memory.data<f32>([89.0, 89.0, 89.0, 89.0]); // above, it overflows anyway
const RECIPROCAL = memory.data<f32>([
  1.44269504088896341, 1.44269504088896341, 1.44269504088896341, 1.44269504088896341,
]); // 1 / ln 2
const LN2_EXACT = memory.data<f32>([-0.693359375, -0.693359375, -0.693359375, -0.693359375]); // -ln 2, what n times is exact
const LN2_REST = memory.data<f32>([2.1219444e-4, 2.1219444e-4, 2.1219444e-4, 2.1219444e-4]); // -ln 2, the rest
const ONE = memory.data<f32>([1.0, 1.0, 1.0, 1.0]);
/** 1.5·2²³, among floats that are one apart: what is added to it comes out rounded to a whole number. */
const MAGIC = memory.data<f32>([12582912.0, 12582912.0, 12582912.0, 12582912.0]);
/** Half of the exponent's bias: of 2ⁿ⁻¹, since n reaches 128, whose power of two is no float. */
const BIAS = memory.data<i32>([126, 126, 126, 126]);
/** p, highest power first. */
const P = memory.data<f32>([
  1.98756915e-4, 1.98756915e-4, 1.98756915e-4, 1.98756915e-4, 1.3981999507e-3, 1.3981999507e-3, 1.3981999507e-3,
  1.3981999507e-3, 8.3334519073e-3, 8.3334519073e-3, 8.3334519073e-3, 8.3334519073e-3, 4.1665795894e-2, 4.1665795894e-2,
  4.1665795894e-2, 4.1665795894e-2, 1.6666665459e-1, 1.6666665459e-1, 1.6666665459e-1, 1.6666665459e-1, 5.0000001201e-1,
  5.0000001201e-1, 5.0000001201e-1, 5.0000001201e-1,
]);

export class Exp {
  /** exp(y) of the last `pair` or `pairInRange`: AssemblyScript has no function of two results. */
  static second: v128 = f32x4.splat(0);

  /** exp(x); exp(y) is left in `second`. */
  @inline
  static pair(x: v128, y: v128): v128 {
    const lowest = v128.load(LOWEST);
    const expX = Exp.pairInRange(Exp.clamped(x), Exp.clamped(y));
    Exp.second = v128.andnot(Exp.second, f32x4.lt(y, lowest));
    return v128.andnot(expX, f32x4.lt(x, lowest));
  }

  /** x, held where `pairInRange` has an answer: up to where exp overflows, and down to where it is as good as 0. */
  @inline
  static clamped(x: v128): v128 {
    return atLeast(atMost(x, v128.load(HIGHEST)), v128.load(LOWEST));
  }

  /** `pair` of numbers between -86 and 89 or NaN; of others it may be anything. */
  @inline
  static pairInRange(x: v128, y: v128): v128 {
    const reciprocal = v128.load(RECIPROCAL);
    const magic = v128.load(MAGIC);
    const shiftedX = f32x4.add(f32x4.mul(x, reciprocal), magic);
    const shiftedY = f32x4.add(f32x4.mul(y, reciprocal), magic);
    const nX = f32x4.sub(shiftedX, magic);
    const nY = f32x4.sub(shiftedY, magic);
    let c = v128.load(LN2_EXACT);
    let rX = f32x4.add(x, f32x4.mul(nX, c));
    let rY = f32x4.add(y, f32x4.mul(nY, c));
    c = v128.load(LN2_REST);
    rX = f32x4.add(rX, f32x4.mul(nX, c));
    rY = f32x4.add(rY, f32x4.mul(nY, c));

    const highestPower = v128.load(P);
    c = v128.load(P, 16);
    let pX = f32x4.add(f32x4.mul(highestPower, rX), c);
    let pY = f32x4.add(f32x4.mul(highestPower, rY), c);
    c = v128.load(P, 32);
    pX = f32x4.add(f32x4.mul(pX, rX), c);
    pY = f32x4.add(f32x4.mul(pY, rY), c);
    c = v128.load(P, 48);
    pX = f32x4.add(f32x4.mul(pX, rX), c);
    pY = f32x4.add(f32x4.mul(pY, rY), c);
    c = v128.load(P, 64);
    pX = f32x4.add(f32x4.mul(pX, rX), c);
    pY = f32x4.add(f32x4.mul(pY, rY), c);
    c = v128.load(P, 80);
    pX = f32x4.add(f32x4.mul(pX, rX), c);
    pY = f32x4.add(f32x4.mul(pY, rY), c);
    pX = f32x4.add(f32x4.mul(pX, f32x4.mul(rX, rX)), rX);
    pY = f32x4.add(f32x4.mul(pY, f32x4.mul(rY, rY)), rY);
    c = v128.load(ONE);
    pX = f32x4.add(pX, c);
    pY = f32x4.add(pY, c);

    // the low bits of `shifted` are those of n: scale by 2ⁿ⁻¹, then by 2
    c = v128.load(BIAS);
    const halfX = f32x4.mul(pX, i32x4.shl(i32x4.add(shiftedX, c), 23));
    const halfY = f32x4.mul(pY, i32x4.shl(i32x4.add(shiftedY, c), 23));
    Exp.second = f32x4.add(halfY, halfY);
    return f32x4.add(halfX, halfX);
  }
}

/** result[i] = exp(x[i]) for i < count; in place allowed. */
export function exp(result: usize, x: usize, count: i32): void {
  for (const end = result + ((<usize>(count & ~7)) << 2); result < end; result += 32, x += 32) {
    v128.store(result, Exp.pair(v128.load(x), v128.load(x, 16)));
    v128.store(result, Exp.second, 16);
  }
  const left = count & 7;
  if (left > 0) storeUpTo8(result, Exp.pair(v128.load(x), loadSecond(x, left)), Exp.second, left);
}
