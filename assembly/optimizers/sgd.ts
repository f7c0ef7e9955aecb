/**
 * Stochastic gradient descent with momentum, as PyTorch defines it:
 *
 *   g  = g + decay·p
 *   v' = μ·v + g
 *   p' = p - lr·v'                with Nesterov: p - lr·(g + μ·v')
 *
 * Without momentum v' = g.
 */

import {
  STEP_CLIP_VALUE,
  STEP_LEARNING_RATE,
  STEP_MOMENTUM,
  STEP_NESTEROV,
  STEP_WEIGHT_DECAY,
  TensorKind,
} from "../abi/constants.ts";
import { Arena } from "../memory/arena.ts";
import { clip4, clipScale } from "./clip.ts";
import { flush4 } from "./flush.ts";
import { Optimizer } from "./optimizer.ts";

export class Sgd extends Optimizer {
  declareSlots(arena: Arena): void {
    arena.declareLikeParameters(TensorKind.OptimizerSlot, "optimizer.momentum.");
  }

  update(arena: Arena, step: usize, gradientSquaredNorm: f64, first: usize, end: usize): void {
    let parameter = arena.start(TensorKind.Parameter) + first;
    let gradient = arena.start(TensorKind.Gradient) + first;
    let velocity = arena.start(TensorKind.OptimizerSlot) + first;
    const last = parameter + (end - first);
    const scale = f32x4.splat(clipScale(step, gradientSquaredNorm));
    const bound = v128.load32_splat(step, STEP_CLIP_VALUE);
    const rate = v128.load32_splat(step, STEP_LEARNING_RATE);
    const decay = v128.load32_splat(step, STEP_WEIGHT_DECAY);
    const momentum = v128.load32_splat(step, STEP_MOMENTUM);
    const nesterov = load<i32>(step, STEP_NESTEROV) != 0;
    if (parameter == last) return;
    // with its test at the end, V8 makes what does not change before the loop, and not at every turn
    do {
      const p = v128.load(parameter);
      const g = f32x4.add(clip4(v128.load(gradient), scale, bound), f32x4.mul(decay, p));
      const v = flush4(f32x4.add(f32x4.mul(momentum, v128.load(velocity)), g));
      const direction = nesterov ? f32x4.add(g, f32x4.mul(momentum, v)) : v;
      v128.store(velocity, v);
      v128.store(parameter, f32x4.sub(p, f32x4.mul(rate, direction)));
      parameter += 16;
      gradient += 16;
      velocity += 16;
    } while (parameter < last);
  }
}
