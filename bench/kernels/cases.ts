/**
 * The kernels of a training step at min-char-rnn's shapes (H 100, V 65, T 25), and the products of larger ones: an LSTM's of
 * 128 and 512 units, 50 rows. And the numbers they work on.
 */

import { RandomStream } from "../../src/core/random.ts";

export type KernelCase = ProductCase | ElementCase;

interface CaseDescription {
  readonly name: string;
  readonly shape: string;
  /** What one call does: 2·M·N·K floating-point operations of a product, else elements. */
  readonly work: number;
  /** The same in every run. */
  readonly inputs: readonly Float32Array[];
}

/** C (M, N) = A · B, or Aᵀ · B for A stored as (K, M). Inputs: A, B. */
export interface ProductCase extends CaseDescription {
  readonly kernel: "multiply" | "multiplyTransposed";
  readonly unit: "FLOP";
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Whether the module reads B in panels, which it copies once a step, that is before many calls. */
  readonly panels: boolean;
}

/**
 * Inputs: x; of Adagrad parameter, gradient and sum of squares, which change in place at every call at the same cost.
 */
export interface ElementCase extends CaseDescription {
  readonly kernel: "exp" | "tanh" | "softmax" | "adagrad";
  readonly unit: "element";
  readonly count: number;
}

export const ADAGRAD_SETTINGS = { learningRate: 0.1, clipValue: 5 } as const;

export function createKernelCases(): KernelCase[] {
  return [
    product("W_hh h", 1, 100, 100),
    product("h W_outᵀ", 25, 65, 100),
    product("∂y W_out", 25, 100, 65),
    { ...product("4 gates, H 128", 50, 512, 128), panels: true },
    { ...product("4 gates, H 512", 50, 2048, 512), panels: true },
    transposedProduct("∂yᵀ h", 65, 100, 25),
    transposedProduct("∂zᵀ h", 100, 100, 25),
    elements("exp", [uniform(2500, 10, 0)]),
    elements("tanh", [uniform(2500, 3, 0)]),
    elements("softmax", [uniform(65, 5, 0)]),
    // gradients beyond ±5 here and there, so that clipping does something
    elements("adagrad", [uniform(23_168, 0.1, 0), uniform(23_168, 6, 1), new Float32Array(23_168)]),
  ];
}

function product(name: string, m: number, n: number, k: number): ProductCase {
  return {
    name,
    kernel: "multiply",
    shape: `${m}×${k} · ${k}×${n}`,
    work: 2 * m * n * k,
    unit: "FLOP",
    inputs: [uniform(m * k, 1, 0), uniform(k * n, 1, 1)],
    m,
    n,
    k,
    panels: false,
  };
}

function transposedProduct(name: string, m: number, n: number, k: number): ProductCase {
  return { ...product(name, m, n, k), kernel: "multiplyTransposed", shape: `(${k}×${m})ᵀ · ${k}×${n}` };
}

function elements(kernel: ElementCase["kernel"], inputs: readonly Float32Array[]): ElementCase {
  const count = inputs[0]!.length;
  return { name: kernel, kernel, shape: count.toLocaleString("en-US"), work: count, unit: "element", inputs, count };
}

/** Numbers in (-range, range). */
function uniform(count: number, range: number, stream: number): Float32Array {
  const random = new RandomStream(1, stream);
  return Float32Array.from({ length: count }, () => range * (2 * random.nextUnit() - 1));
}

/** The result of a case before the first call: NaN, so that an element left out shows. */
export function unwritten(count: number): Float32Array {
  return new Float32Array(count).fill(Number.NaN);
}
