/**
 * The kernels as exports of a module of their own: for tests and benches only. Pointers are into its exported memory.
 * (asc takes no `.ts` in `export … from`.)
 */

export { exp } from "../kernels/exp";
export { log } from "../kernels/log";
export { matmul } from "../kernels/matmul";
export { naturalLogarithm, normalQuantile } from "../kernels/portable-math";
export { fillRandom, philox } from "../kernels/random";
export { sumOfSquares } from "../kernels/reduce";
export { add, gatherRowsPlusBias, scatterAddRows, spreadRow, sumRows } from "../kernels/rows";
export { maximum, scale, softmax } from "../kernels/softmax";
export { tanh, tanhBackward } from "../kernels/tanh";
export { transpose } from "../kernels/transpose";
export { adagrad } from "../optimizers/adagrad";

export function allocate(bytes: usize): usize {
  return heap.alloc(bytes);
}
