/**
 * tanh. Near 0 an odd polynomial of degree 11 (Cephes' tanhf, S. Moshier), else 1 - 2 / (exp(2|x|) + 1) with
 * the sign of x.
 *
 * Error at most 1.34 ULP for every float (1.3304 measured over all of them, at ±0.62831). tanh(±Inf) = ±1,
 * tanh(±0) = ±0, tanh(NaN) = NaN.
 */

import { Exp } from "./exp.ts";
import { atMost, loadSecond, storePartial, storeUpTo8 } from "./simd.ts";

// four times each, as in exp.ts
const NEAR = memory.data<f32>([0.625, 0.625, 0.625, 0.625]); // below, the polynomial
const FAR = memory.data<f32>([20.0, 20.0, 20.0, 20.0]); // 2|x| above this gives 1 anyway
const ONE = memory.data<f32>([1.0, 1.0, 1.0, 1.0]);
const TWO = memory.data<f32>([2.0, 2.0, 2.0, 2.0]);
/** The polynomial in x², highest power first. */
const P = memory.data<f32>([
  -5.70498872745e-3, -5.70498872745e-3, -5.70498872745e-3, -5.70498872745e-3, 2.06390887954e-2, 2.06390887954e-2,
  2.06390887954e-2, 2.06390887954e-2, -5.37397155531e-2, -5.37397155531e-2, -5.37397155531e-2, -5.37397155531e-2,
  1.33314422036e-1, 1.33314422036e-1, 1.33314422036e-1, 1.33314422036e-1, -3.33332819422e-1, -3.33332819422e-1,
  -3.33332819422e-1, -3.33332819422e-1,
]);
const SIGN_BIT = memory.data<u32>([0x80000000, 0x80000000, 0x80000000, 0x80000000]);

class Tanh {
  /** tanh(y) of the last `pair`, as Exp has it. */
  static second: v128 = f32x4.splat(0);

  /** tanh(x); tanh(y) is left in `second`. */
  @inline
  static pair(x: v128, y: v128): v128 {
    const sizeX = f32x4.abs(x);
    const sizeY = f32x4.abs(y);
    const bound = v128.load(FAR);
    const eX = Exp.pairInRange(atMost(f32x4.add(sizeX, sizeX), bound), atMost(f32x4.add(sizeY, sizeY), bound));
    const eY = Exp.second;
    const one = v128.load(ONE);
    const two = v128.load(TWO);
    const farX = f32x4.sub(one, f32x4.div(two, f32x4.add(eX, one)));
    const farY = f32x4.sub(one, f32x4.div(two, f32x4.add(eY, one)));

    const zX = f32x4.mul(x, x);
    const zY = f32x4.mul(y, y);
    const highestPower = v128.load(P);
    let c = v128.load(P, 16);
    let pX = f32x4.add(f32x4.mul(highestPower, zX), c);
    let pY = f32x4.add(f32x4.mul(highestPower, zY), c);
    c = v128.load(P, 32);
    pX = f32x4.add(f32x4.mul(pX, zX), c);
    pY = f32x4.add(f32x4.mul(pY, zY), c);
    c = v128.load(P, 48);
    pX = f32x4.add(f32x4.mul(pX, zX), c);
    pY = f32x4.add(f32x4.mul(pY, zY), c);
    c = v128.load(P, 64);
    pX = f32x4.add(f32x4.mul(pX, zX), c);
    pY = f32x4.add(f32x4.mul(pY, zY), c);
    const nearX = f32x4.add(f32x4.mul(f32x4.mul(pX, zX), x), x);
    const nearY = f32x4.add(f32x4.mul(f32x4.mul(pY, zY), y), y);

    const near = v128.load(NEAR);
    const signBit = v128.load(SIGN_BIT);
    // the sign goes over both: the polynomial makes +0 of -0
    const resultY = v128.bitselect(nearY, farY, f32x4.lt(f32x4.abs(y), near));
    Tanh.second = v128.or(resultY, v128.and(y, signBit));
    const resultX = v128.bitselect(nearX, farX, f32x4.lt(f32x4.abs(x), near));
    return v128.or(resultX, v128.and(x, signBit));
  }
}

/** result[i] = tanh(x[i]) for i < count; in place allowed. */
export function tanh(result: usize, x: usize, count: i32): void {
  for (const end = result + ((<usize>(count & ~7)) << 2); result < end; result += 32, x += 32) {
    v128.store(result, Tanh.pair(v128.load(x), v128.load(x, 16)));
    v128.store(result, Tanh.second, 16);
  }
  const left = count & 7;
  if (left > 0) storeUpTo8(result, Tanh.pair(v128.load(x), loadSecond(x, left)), Tanh.second, left);
}

/**
 * result[i] = gradient[i] · (1 - y[i]²) for i < count, where y = tanh(x): the gradient at x of what has `gradient` at y.
 * In place over `gradient` allowed.
 */
export function tanhBackward(result: usize, gradient: usize, y: usize, count: i32): void {
  const one = v128.load(ONE);
  const end = result + ((<usize>(count & ~3)) << 2);
  for (; result < end; result += 16, gradient += 16, y += 16) {
    const kept = v128.load(y);
    v128.store(result, f32x4.mul(v128.load(gradient), f32x4.sub(one, f32x4.mul(kept, kept))));
  }
  if (count & 3) {
    const kept = v128.load(y);
    const value = f32x4.mul(v128.load(gradient), f32x4.sub(one, f32x4.mul(kept, kept)));
    storePartial(result, value, count & 3);
  }
}
