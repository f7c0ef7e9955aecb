/**
 * Logistic sigmoid, σ(x) = 1 / (1 + exp(-x)).
 *
 * Error at most 2.5 ULP for x ≥ -86; below, where exp would leave the normal floats, at least 0 and at most 4.5e-38.
 * σ(-Inf) = 0, σ(+Inf) = 1, σ(NaN) = NaN.
 */

import { Exp } from "./exp.ts";
import { loadSecond, storeUpTo8 } from "./simd.ts";

const ONE = memory.data<f32>([1.0, 1.0, 1.0, 1.0]);

class Sigmoid {
  /** σ(y) of the last `pair`, as Exp has it. */
  static second: v128 = f32x4.splat(0);

  /** σ(x); σ(y) is left in `second`. */
  @inline
  static pair(x: v128, y: v128): v128 {
    // what exp has below its range makes no difference beside 1
    const eX = Exp.pairInRange(Exp.clamped(f32x4.neg(x)), Exp.clamped(f32x4.neg(y)));
    const one = v128.load(ONE);
    Sigmoid.second = f32x4.div(one, f32x4.add(one, Exp.second));
    return f32x4.div(one, f32x4.add(one, eX));
  }
}

/** result[i] = σ(x[i]) for i < count; in place allowed. */
export function sigmoid(result: usize, x: usize, count: i32): void {
  for (const end = result + ((<usize>(count & ~7)) << 2); result < end; result += 32, x += 32) {
    v128.store(result, Sigmoid.pair(v128.load(x), v128.load(x, 16)));
    v128.store(result, Sigmoid.second, 16);
  }
  const left = count & 7;
  if (left > 0) storeUpTo8(result, Sigmoid.pair(v128.load(x), loadSecond(x, left)), Sigmoid.second, left);
}
