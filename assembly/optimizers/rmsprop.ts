/**
 * RMSprop (Hinton 2012), as PyTorch defines it; β₂ is its smoothing constant α:
 *
 *   g  = g + decay·p
 *   s' = β₂·s + (1 - β₂)·g²
 *   v' = μ·v + g / (√s' + ε)
 *   p' = p - lr·v'
 */

import {
  STEP_BETA2,
  STEP_CLIP_VALUE,
  STEP_EPSILON,
  STEP_LEARNING_RATE,
  STEP_MOMENTUM,
  STEP_WEIGHT_DECAY,
  TensorKind,
} from "../abi/constants.ts";
import { Arena } from "../memory/arena.ts";
import { clip4, clipScale } from "./clip.ts";
import { flush4, flushSquare4 } from "./flush.ts";
import { Optimizer } from "./optimizer.ts";

export class RmsProp extends Optimizer {
  declareSlots(arena: Arena): void {
    arena.declareLikeParameters(TensorKind.OptimizerSlot, "optimizer.mean_square.");
    arena.declareLikeParameters(TensorKind.OptimizerSlot, "optimizer.momentum.");
  }

  update(arena: Arena, step: usize, gradientSquaredNorm: f64, first: usize, end: usize): void {
    const bytes = (<usize>arena.length(TensorKind.Parameter)) << 2;
    let parameter = arena.start(TensorKind.Parameter) + first;
    let gradient = arena.start(TensorKind.Gradient) + first;
    let meanSquare = arena.start(TensorKind.OptimizerSlot) + first;
    let velocity = meanSquare + bytes;
    const last = parameter + (end - first);
    const scale = f32x4.splat(clipScale(step, gradientSquaredNorm));
    const bound = v128.load32_splat(step, STEP_CLIP_VALUE);
    const rate = v128.load32_splat(step, STEP_LEARNING_RATE);
    const decay = v128.load32_splat(step, STEP_WEIGHT_DECAY);
    const momentum = v128.load32_splat(step, STEP_MOMENTUM);
    const epsilon = v128.load32_splat(step, STEP_EPSILON);
    const beta2 = f32x4.splat(<f32>load<f64>(step, STEP_BETA2));
    const rest2 = f32x4.splat(<f32>(1.0 - load<f64>(step, STEP_BETA2)));
    if (parameter == last) return;
    // with its test at the end, V8 makes what does not change before the loop, and not at every turn
    do {
      const p = v128.load(parameter);
      const g = f32x4.add(clip4(v128.load(gradient), scale, bound), f32x4.mul(decay, p));
      const s = flushSquare4(f32x4.add(f32x4.mul(beta2, v128.load(meanSquare)), f32x4.mul(rest2, f32x4.mul(g, g))));
      const normalized = f32x4.div(g, f32x4.add(f32x4.sqrt(s), epsilon));
      const v = flush4(f32x4.add(f32x4.mul(momentum, v128.load(velocity)), normalized));
      v128.store(meanSquare, s);
      v128.store(velocity, v);
      v128.store(parameter, f32x4.sub(p, f32x4.mul(rate, v)));
      parameter += 16;
      gradient += 16;
      meanSquare += 16;
      velocity += 16;
    } while (parameter < last);
  }
}
