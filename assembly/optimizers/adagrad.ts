/**
 * Adagrad (Duchi, Hazan & Singer 2011):
 *
 *   g  = g + decay·p
 *   s' = s + g²
 *   p' = p - lr·g / (√s' + ε)         PyTorch
 *   p' = p - lr·g / √(s' + ε)         with ε in the root, as min-char-rnn has it
 */

import {
  STEP_CLIP_VALUE,
  STEP_EPSILON,
  STEP_EPSILON_IN_ROOT,
  STEP_LEARNING_RATE,
  STEP_WEIGHT_DECAY,
  TensorKind,
} from "../abi/constants.ts";
import { multiplyAdd } from "../kernels/simd.ts";
import { Arena } from "../memory/arena.ts";
import { clip4, clipScale } from "./clip.ts";
import { Optimizer } from "./optimizer.ts";

export class Adagrad extends Optimizer {
  declareSlots(arena: Arena): void {
    arena.declareLikeParameters(TensorKind.OptimizerSlot, "optimizer.sum_of_squares.");
  }

  update(arena: Arena, step: usize, gradientSquaredNorm: f64, first: usize, end: usize): void {
    adagrad(
      arena.start(TensorKind.Parameter) + first,
      arena.start(TensorKind.Gradient) + first,
      arena.start(TensorKind.OptimizerSlot) + first,
      <i32>((end - first) >> 2),
      step,
      clipScale(step, gradientSquaredNorm),
    );
  }
}

/** The update over `count` floats, a multiple of 4; the gradient stays as it is. NaN in a gradient makes its parameter NaN. */
export function adagrad(
  parameter: usize,
  gradient: usize,
  sumOfSquares: usize,
  count: i32,
  step: usize,
  clipScale: f32,
): void {
  const end = parameter + ((<usize>count) << 2);
  const scale = f32x4.splat(clipScale);
  const bound = v128.load32_splat(step, STEP_CLIP_VALUE);
  const rate = v128.load32_splat(step, STEP_LEARNING_RATE);
  const decay = v128.load32_splat(step, STEP_WEIGHT_DECAY);
  const zero = f32x4.splat(0);
  const inRoot = load<i32>(step, STEP_EPSILON_IN_ROOT) != 0;
  const rootEpsilon = inRoot ? v128.load32_splat(step, STEP_EPSILON) : zero;
  const epsilon = inRoot ? zero : v128.load32_splat(step, STEP_EPSILON);
  if (parameter == end) return;
  // with its test at the end, V8 makes what does not change before the loop, and not at every turn
  do {
    const p = v128.load(parameter);
    const g = f32x4.add(clip4(v128.load(gradient), scale, bound), f32x4.mul(decay, p));
    const s = multiplyAdd(g, g, v128.load(sumOfSquares));
    const root = f32x4.add(f32x4.sqrt(f32x4.add(s, rootEpsilon)), epsilon);
    v128.store(sumOfSquares, s);
    v128.store(parameter, f32x4.sub(p, f32x4.div(f32x4.mul(rate, g), root)));
    parameter += 16;
    gradient += 16;
    sumOfSquares += 16;
  } while (parameter < end);
}
