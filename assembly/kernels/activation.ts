/** The activations of a vanilla cell: y = f(x), and backward ∂x = ∂y ⊙ f'(x), written through y alone. */

import { Activation } from "../abi/constants.ts";
import { storePartial } from "./simd.ts";
import { tanh, tanhBackward } from "./tanh.ts";

/** result[i] = f(x[i]) for i < count; in place allowed. */
export function activate(activation: Activation, result: usize, x: usize, count: i32): void {
  if (activation == Activation.Tanh) tanh(result, x, count);
  else if (activation == Activation.Relu) relu(result, x, count);
  else if (result != x) memory.copy(result, x, (<usize>count) << 2);
}

/** result[i] = gradient[i] · f'(x[i]) with y = f(x), for i < count; in place over `gradient` allowed. */
export function activateBackward(activation: Activation, result: usize, gradient: usize, y: usize, count: i32): void {
  if (activation == Activation.Tanh) tanhBackward(result, gradient, y, count);
  else if (activation == Activation.Relu) reluBackward(result, gradient, y, count);
  else if (result != gradient) memory.copy(result, gradient, (<usize>count) << 2);
}

/** result[i] = max(x[i], 0); NaN stays NaN. */
export function relu(result: usize, x: usize, count: i32): void {
  const zero = f32x4.splat(0);
  const end = result + ((<usize>(count & ~3)) << 2);
  for (; result < end; result += 16, x += 16) v128.store(result, f32x4.max(v128.load(x), zero));
  if (count & 3) storePartial(result, f32x4.max(v128.load(x), zero), count & 3);
}

/** result[i] = gradient[i] where y[i] > 0, else 0: at the corner itself the gradient is 0, as PyTorch has it. */
export function reluBackward(result: usize, gradient: usize, y: usize, count: i32): void {
  const zero = f32x4.splat(0);
  const end = result + ((<usize>(count & ~3)) << 2);
  for (; result < end; result += 16, gradient += 16, y += 16) {
    v128.store(result, v128.and(v128.load(gradient), f32x4.gt(v128.load(y), zero)));
  }
  if (count & 3) storePartial(result, v128.and(v128.load(gradient), f32x4.gt(v128.load(y), zero)), count & 3);
}
