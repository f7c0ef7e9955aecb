/**
 * Adagrad (Duchi, Hazan & Singer 2011) as min-char-rnn writes it, with ε inside the root:
 *
 *   mem' = mem + g²
 *   p'   = p - lr·g / √(mem' + 1e-8)
 */

import { TensorKind } from "../abi/constants.ts";
import { multiplyAdd, storePartial } from "../kernels/simd.ts";
import { Arena } from "../memory/arena.ts";
import { clip4 } from "./clip.ts";
import { Optimizer } from "./optimizer.ts";

const EPSILON: f32 = 1e-8;

export class Adagrad extends Optimizer {
  declareSlots(arena: Arena): void {
    arena.declareLikeParameters(TensorKind.OptimizerSlot, "optimizer.sum_of_squares.");
  }

  update(arena: Arena, learningRate: f32, clipValue: f32): void {
    adagrad(
      arena.start(TensorKind.Parameter),
      arena.start(TensorKind.Gradient),
      arena.start(TensorKind.OptimizerSlot),
      arena.length(TensorKind.Parameter),
      learningRate,
      clipValue,
    );
  }
}

/** The update over `count` floats; the gradient stays as it is. NaN in a gradient makes its parameter NaN. */
export function adagrad(
  parameter: usize,
  gradient: usize,
  sumOfSquares: usize,
  count: i32,
  learningRate: f32,
  clipValue: f32,
): void {
  const rate = f32x4.splat(learningRate);
  const bound = f32x4.splat(clipValue);
  const epsilon = f32x4.splat(EPSILON);
  const end = parameter + ((<usize>(count & ~3)) << 2);
  for (; parameter < end; parameter += 16, gradient += 16, sumOfSquares += 16) {
    const g = clip4(v128.load(gradient), bound);
    const sum = multiplyAdd(g, g, v128.load(sumOfSquares));
    const step = f32x4.div(f32x4.mul(rate, g), f32x4.sqrt(f32x4.add(sum, epsilon)));
    v128.store(sumOfSquares, sum);
    v128.store(parameter, f32x4.sub(v128.load(parameter), step));
  }
  if (count & 3) {
    const g = clip4(v128.load(gradient), bound);
    const sum = multiplyAdd(g, g, v128.load(sumOfSquares));
    const step = f32x4.div(f32x4.mul(rate, g), f32x4.sqrt(f32x4.add(sum, epsilon)));
    storePartial(sumOfSquares, sum, count & 3);
    storePartial(parameter, f32x4.sub(v128.load(parameter), step), count & 3);
  }
}
