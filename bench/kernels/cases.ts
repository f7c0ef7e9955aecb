/**
 * The kernels of training and sampling at the shapes of the workloads, called as the engine calls them, and the numbers they
 * work on.
 *
 * H hidden size, V 65 vocabulary size; of LSTMs batches of 50 rows, 2500 rows a chunk; of min-char-rnn 25 rows a chunk.
 */

import { RandomStream } from "../../src/core/random.ts";

export type KernelCase = ProductCase | ElementCase;

interface CaseDescription {
  readonly name: string;
  readonly shape: string;
  /** What one call does: 2·M·N·K floating-point operations of a product, else elements. */
  readonly work: number;
  /** The same in every run; made anew at each call. */
  createInputs(): readonly Float32Array[];
}

/** C (M, N) = A · B, or Aᵀ · B for A stored as (K, M). Inputs: A, B. */
export interface ProductCase extends CaseDescription {
  readonly kernel: "multiply" | "multiplyTransposed";
  readonly unit: "FLOP";
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /**
   * How the module reads B: as it is; in panels, which it makes once a step, that is before many calls; or in panels that it
   * makes at every call, as of activations.
   */
  readonly panels: "none" | "made before" | "made each time";
  /** The plain loops make so many rows of C, fewer than M where all would take long. */
  readonly plainRows: number;
}

/**
 * Inputs: x; of Adagrad parameter, gradient and sum of squares, which change in place at every call at the same cost.
 */
export interface ElementCase extends CaseDescription {
  readonly kernel: "exp" | "tanh" | "sigmoid" | "softmax" | "adagrad";
  readonly unit: "element";
  readonly count: number;
}

export const ADAGRAD_SETTINGS = { learningRate: 0.1, clipValue: 5 } as const;

/** The most that a plain loop does in one call: some 20 ms. */
const PLAIN_FLOPS = 2e7;

export function createKernelCases(): KernelCase[] {
  return [
    product("h W_hhᵀ, H 100", 1, 100, 100, "made before"),
    product("∂z W_hh, H 100", 1, 100, 100, "none"),
    product("h W_outᵀ, H 100", 25, 65, 100, "made before"),
    product("∂y W_out, H 100", 25, 100, 65, "none"),
    transposedProduct("∂yᵀ h, H 100", 65, 100, 25, "none"),
    transposedProduct("∂zᵀ h, H 100", 100, 100, 25, "none"),
    product("4 gates, H 128", 1, 512, 128, "made before"),
    product("4 gates, H 128", 50, 512, 128, "made before"),
    product("4 gates of h below, H 128", 2500, 512, 128, "made before"),
    product("∂h, H 128", 50, 128, 512, "made before"),
    transposedProduct("∂W, H 128", 512, 128, 2500, "made each time"),
    product("h W_outᵀ, H 128", 2500, 65, 128, "made before"),
    product("4 gates, H 512", 1, 2048, 512, "made before"),
    product("4 gates, H 512", 50, 2048, 512, "made before"),
    product("∂h, H 512", 50, 512, 2048, "made before"),
    transposedProduct("∂W, H 512", 2048, 512, 2500, "made each time"),
    elements("exp", 2500, () => [uniform(2500, 10, 0)]),
    elements("tanh", 2500, () => [uniform(2500, 3, 0)]),
    elements("sigmoid", 2500, () => [uniform(2500, 5, 0)]),
    elements("softmax", 65, () => [uniform(65, 5, 0)]),
    // gradients beyond ±5 here and there, so that clipping does something
    elements("adagrad", 23_168, () => [uniform(23_168, 0.1, 0), uniform(23_168, 6, 1), new Float32Array(23_168)]),
  ];
}

function product(name: string, m: number, n: number, k: number, panels: ProductCase["panels"]): ProductCase {
  return {
    name,
    kernel: "multiply",
    shape: `${m}×${k} · ${k}×${n}`,
    work: 2 * m * n * k,
    unit: "FLOP",
    createInputs: () => [uniform(m * k, 1, 0), uniform(k * n, 1, 1)],
    m,
    n,
    k,
    panels,
    plainRows: Math.max(1, Math.min(m, Math.floor(PLAIN_FLOPS / (2 * n * k)))),
  };
}

function transposedProduct(name: string, m: number, n: number, k: number, panels: ProductCase["panels"]): ProductCase {
  return { ...product(name, m, n, k, panels), kernel: "multiplyTransposed", shape: `(${k}×${m})ᵀ · ${k}×${n}` };
}

function elements(
  kernel: ElementCase["kernel"],
  count: number,
  createInputs: ElementCase["createInputs"],
): ElementCase {
  return {
    name: kernel,
    kernel,
    shape: count.toLocaleString("en-US"),
    work: count,
    unit: "element",
    createInputs,
    count,
  };
}

/** Of numbers that are drawn; a longer input has them again and again. A prime, so that rows differ. */
const PERIOD = 10_007;

/** Numbers in (-range, range). */
function uniform(count: number, range: number, stream: number): Float32Array {
  const random = new RandomStream(1, stream);
  const drawn = Float32Array.from({ length: Math.min(count, PERIOD) }, () => range * (2 * random.nextUnit() - 1));
  if (count <= PERIOD) return drawn;
  const numbers = new Float32Array(count);
  for (let start = 0; start < count; start += PERIOD) {
    numbers.set(drawn.subarray(0, Math.min(PERIOD, count - start)), start);
  }
  return numbers;
}

/** The result of a case before the first call: NaN, so that an element left out shows. */
export function unwritten(count: number): Float32Array {
  return new Float32Array(count).fill(Number.NaN);
}

/** Elements of a case's result. */
export function resultCount(kernelCase: KernelCase): number {
  return kernelCase.unit === "FLOP" ? kernelCase.m * kernelCase.n : kernelCase.count;
}

/** Elements of the result that the plain loops make, the first ones. */
export function plainResultCount(kernelCase: KernelCase): number {
  return kernelCase.unit === "FLOP" ? kernelCase.plainRows * kernelCase.n : kernelCase.count;
}

/** Work of one call of the plain loops. */
export function plainWork(kernelCase: KernelCase): number {
  return (kernelCase.work * plainResultCount(kernelCase)) / resultCount(kernelCase);
}
