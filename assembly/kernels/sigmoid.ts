/**
 * Logistic sigmoid on four floats, σ(x) = 1 / (1 + exp(-x)).
 *
 * Error at most 2.5 ULP for x ≥ -86; below, where exp would leave the normal floats, at least 0 and at most 4.5e-38.
 * σ(-Inf) = 0, σ(+Inf) = 1, σ(NaN) = NaN.
 */

import { exp4 } from "./exp.ts";
import { storePartial } from "./simd.ts";

const ONE = memory.data<f32>([1.0]);

export function sigmoid4(x: v128): v128 {
  const one = v128.load32_splat(ONE);
  return f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
}

/** result[i] = σ(x[i]) for i < count; in place allowed. */
export function sigmoid(result: usize, x: usize, count: i32): void {
  const end = result + ((<usize>(count & ~3)) << 2);
  for (; result < end; result += 16, x += 16) v128.store(result, sigmoid4(v128.load(x)));
  if (count & 3) storePartial(result, sigmoid4(v128.load(x)), count & 3);
}
