/**
 * Clipping, as every optimizer applies it to the gradients it loads: first all are scaled so that their norm is at most the
 * step's clip norm, then each element is held within ± the clip value. NaN stays NaN, so that a diverged run shows.
 */

import { STEP_CLIP_NORM } from "../abi/constants.ts";
import { atLeast, atMost } from "../kernels/simd.ts";

/** The factor of PyTorch's clip_grad_norm_: bound / (norm + 1e-6) where that is below 1, else 1; NaN for a norm of NaN. */
export function clipScale(step: usize, gradientSquaredNorm: f64): f32 {
  const bound = load<f32>(step, STEP_CLIP_NORM);
  if (bound == Infinity) return 1;
  return <f32>min(1.0, <f64>bound / (sqrt(gradientSquaredNorm) + 1e-6));
}

/** scale · gradient, each lane held between -bound and bound. */
export function clip4(gradient: v128, scale: v128, bound: v128): v128 {
  return atLeast(atMost(f32x4.mul(gradient, scale), bound), f32x4.neg(bound));
}
