/**
 * Adam (Kingma & Ba 2015) and AdamW (Loshchilov & Hutter 2019, decoupled weight decay), as PyTorch defines them:
 *
 *   Adam:  g = g + decay·p              AdamW:  p = p - lr·decay·p
 *   m' = β₁·m + (1 - β₁)·g
 *   v' = β₂·v + (1 - β₂)·g²
 *   p' = p - lr · (m' / (1 - β₁ᵗ)) / (√(v' / (1 - β₂ᵗ)) + ε)
 *
 * The corrections 1 - βᵗ of step t, counted from 1, come in the step record.
 */

import {
  STEP_BETA1,
  STEP_BETA2,
  STEP_BIAS_CORRECTION1,
  STEP_BIAS_CORRECTION2,
  STEP_CLIP_VALUE,
  STEP_EPSILON,
  STEP_LEARNING_RATE,
  STEP_WEIGHT_DECAY,
  TensorKind,
} from "../abi/constants.ts";
import { Arena } from "../memory/arena.ts";
import { clip4, clipScale } from "./clip.ts";
import { flush4, flushSquare4 } from "./flush.ts";
import { Optimizer } from "./optimizer.ts";

export class Adam extends Optimizer {
  constructor(private readonly decoupled: bool = false) {
    super();
  }

  declareSlots(arena: Arena): void {
    arena.declareLikeParameters(TensorKind.OptimizerSlot, "optimizer.first_moment.");
    arena.declareLikeParameters(TensorKind.OptimizerSlot, "optimizer.second_moment.");
  }

  update(arena: Arena, step: usize, gradientSquaredNorm: f64, first: usize, end: usize): void {
    const bytes = (<usize>arena.length(TensorKind.Parameter)) << 2;
    let parameter = arena.start(TensorKind.Parameter) + first;
    let gradient = arena.start(TensorKind.Gradient) + first;
    let firstMoment = arena.start(TensorKind.OptimizerSlot) + first;
    let secondMoment = firstMoment + bytes;
    const last = parameter + (end - first);
    const scale = f32x4.splat(clipScale(step, gradientSquaredNorm));
    const bound = v128.load32_splat(step, STEP_CLIP_VALUE);
    const epsilon = v128.load32_splat(step, STEP_EPSILON);
    const beta1 = f32x4.splat(<f32>load<f64>(step, STEP_BETA1));
    const beta2 = f32x4.splat(<f32>load<f64>(step, STEP_BETA2));
    const rest1 = f32x4.splat(<f32>(1.0 - load<f64>(step, STEP_BETA1)));
    const rest2 = f32x4.splat(<f32>(1.0 - load<f64>(step, STEP_BETA2)));
    const learningRate = <f64>load<f32>(step, STEP_LEARNING_RATE);
    const weightDecay = <f64>load<f32>(step, STEP_WEIGHT_DECAY);
    const rate = f32x4.splat(<f32>(learningRate / load<f64>(step, STEP_BIAS_CORRECTION1)));
    const rootScale = f32x4.splat(<f32>(1.0 / sqrt(load<f64>(step, STEP_BIAS_CORRECTION2))));
    // one of the two is neutral: the gradient takes decay·p, or the parameter keeps 1 - lr·decay of itself
    const coupled = f32x4.splat(this.decoupled ? 0 : <f32>weightDecay);
    const keep = f32x4.splat(this.decoupled ? <f32>(1.0 - learningRate * weightDecay) : 1);
    if (parameter == last) return;
    // with its test at the end, V8 makes what does not change before the loop, and not at every turn
    do {
      const p = v128.load(parameter);
      const g = f32x4.add(clip4(v128.load(gradient), scale, bound), f32x4.mul(coupled, p));
      const m = flush4(f32x4.add(f32x4.mul(beta1, v128.load(firstMoment)), f32x4.mul(rest1, g)));
      const v = flushSquare4(f32x4.add(f32x4.mul(beta2, v128.load(secondMoment)), f32x4.mul(rest2, f32x4.mul(g, g))));
      const root = f32x4.add(f32x4.mul(f32x4.sqrt(v), rootScale), epsilon);
      v128.store(firstMoment, m);
      v128.store(secondMoment, v);
      v128.store(parameter, f32x4.sub(f32x4.mul(keep, p), f32x4.div(f32x4.mul(rate, m), root)));
      parameter += 16;
      gradient += 16;
      firstMoment += 16;
      secondMoment += 16;
    } while (parameter < last);
  }
}

export class AdamW extends Adam {
  constructor() {
    super(true);
  }
}
