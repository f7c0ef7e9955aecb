/**
 * Adamax (Kingma & Ba 2015, arXiv:1412.6980, section 7: Adam by the maximum norm), as PyTorch defines it:
 *
 *   g  = g + decay·p
 *   m' = β₁·m + (1 - β₁)·g
 *   u' = max(β₂·u, |g| + ε)
 *   p' = p - lr · (m' / (1 - β₁ᵗ)) / u'
 *
 * The correction 1 - β₁ᵗ of step t, counted from 1, comes in the step record; u needs none.
 */

import {
  STEP_BETA1,
  STEP_BETA2,
  STEP_BIAS_CORRECTION1,
  STEP_CLIP_VALUE,
  STEP_EPSILON,
  STEP_LEARNING_RATE,
  STEP_WEIGHT_DECAY,
  TensorKind,
} from "../abi/constants.ts";
import { atLeast } from "../kernels/simd.ts";
import { Arena } from "../memory/arena.ts";
import { clip4, clipScale } from "./clip.ts";
import { flush4 } from "./flush.ts";
import { Optimizer } from "./optimizer.ts";

export class Adamax extends Optimizer {
  declareSlots(arena: Arena): void {
    arena.declareLikeParameters(TensorKind.OptimizerSlot, "optimizer.first_moment.");
    arena.declareLikeParameters(TensorKind.OptimizerSlot, "optimizer.maximum.");
  }

  update(arena: Arena, step: usize, gradientSquaredNorm: f64, first: usize, end: usize): void {
    const bytes = (<usize>arena.length(TensorKind.Parameter)) << 2;
    let parameter = arena.start(TensorKind.Parameter) + first;
    let gradient = arena.start(TensorKind.Gradient) + first;
    let firstMoment = arena.start(TensorKind.OptimizerSlot) + first;
    let maximum = firstMoment + bytes;
    const last = parameter + (end - first);
    const scale = f32x4.splat(clipScale(step, gradientSquaredNorm));
    const bound = v128.load32_splat(step, STEP_CLIP_VALUE);
    const decay = v128.load32_splat(step, STEP_WEIGHT_DECAY);
    const epsilon = v128.load32_splat(step, STEP_EPSILON);
    const beta1 = f32x4.splat(<f32>load<f64>(step, STEP_BETA1));
    const beta2 = f32x4.splat(<f32>load<f64>(step, STEP_BETA2));
    const rest1 = f32x4.splat(<f32>(1.0 - load<f64>(step, STEP_BETA1)));
    const learningRate = <f64>load<f32>(step, STEP_LEARNING_RATE);
    const rate = f32x4.splat(<f32>(learningRate / load<f64>(step, STEP_BIAS_CORRECTION1)));
    if (parameter == last) return;
    // with its test at the end, V8 makes what does not change before the loop, and not at every turn
    do {
      const p = v128.load(parameter);
      const g = f32x4.add(clip4(v128.load(gradient), scale, bound), f32x4.mul(decay, p));
      const m = flush4(f32x4.add(f32x4.mul(beta1, v128.load(firstMoment)), f32x4.mul(rest1, g)));
      const u = atLeast(f32x4.add(f32x4.abs(g), epsilon), f32x4.mul(beta2, v128.load(maximum)));
      v128.store(firstMoment, m);
      v128.store(maximum, u);
      v128.store(parameter, f32x4.sub(p, f32x4.div(f32x4.mul(rate, m), u)));
      parameter += 16;
      gradient += 16;
      firstMoment += 16;
      maximum += 16;
    } while (parameter < last);
  }
}
