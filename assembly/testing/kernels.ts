/**
 * The kernels as exports of a module of their own: for tests and benches only. Pointers are into its exported memory.
 * (asc takes no `.ts` in `export … from`.)
 */

import {
  STEP_BYTES,
  STEP_CLIP_VALUE,
  STEP_EPSILON,
  STEP_EPSILON_IN_ROOT,
  STEP_LEARNING_RATE,
} from "../abi/constants.ts";
import { addBlocks, blocksOf, squareBlocks } from "../kernels/reduce.ts";
import { adagrad as adagradUpdate } from "../optimizers/adagrad.ts";

const STEP = memory.data(STEP_BYTES, 16);

export { activate, activateBackward, relu, reluBackward } from "../kernels/activation";
export { dropout } from "../kernels/dropout";
export { exp } from "../kernels/exp";
export { log } from "../kernels/log";
export { matmul } from "../kernels/matmul";
export { matmulPanels, packPanels, packTransposedPanels } from "../kernels/panels";
export { cosine, naturalLogarithm, normalQuantile, wholePower } from "../kernels/portable-math";
export { fillRandom, philox } from "../kernels/random";
export { add, gatherRows, gatherRowsPlusBias, scatterAddRows, spreadRow, sumRows } from "../kernels/rows";
export { sigmoid } from "../kernels/sigmoid";
export { maximum, scale, softmax } from "../kernels/softmax";
export { tanh, tanhBackward } from "../kernels/tanh";
export { multiplyAddPeak, PEAK_FLOPS } from "./peak";

/** min-char-rnn's Adagrad over `count` floats, a multiple of 4, with ε 1e-8 in the root. */
export function adagrad(
  parameter: usize,
  gradient: usize,
  sumOfSquares: usize,
  count: i32,
  learningRate: f32,
  clipValue: f32,
): void {
  memory.fill(STEP, 0, STEP_BYTES);
  store<f32>(STEP, learningRate, STEP_LEARNING_RATE);
  store<f32>(STEP, clipValue, STEP_CLIP_VALUE);
  store<f32>(STEP, 1e-8, STEP_EPSILON);
  store<i32>(STEP, 1, STEP_EPSILON_IN_ROOT);
  adagradUpdate(parameter, gradient, sumOfSquares, count, STEP, 1);
}

/** Σ x[i]², of blocks made in two shares. */
export function sumOfSquares(x: usize, count: i32): f64 {
  const blocks = blocksOf(count);
  const sums = heap.alloc((<usize>blocks) << 2);
  const half = blocks >> 1;
  squareBlocks(sums, x, count, half, blocks);
  squareBlocks(sums, x, count, 0, half);
  return addBlocks(sums, blocks);
}

export function allocate(bytes: usize): usize {
  return heap.alloc(bytes);
}
