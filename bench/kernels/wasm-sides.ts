/** The cases in the testing module, build/kernels.wasm or build/kernels-fused.wasm; all share one instance. */

import type { instantiate } from "../../build/kernels.js";
import { ADAGRAD_SETTINGS, type KernelCase, resultCount, unwritten } from "./cases.ts";
import type { KernelSide } from "./kernel-side.ts";

export type KernelExports = Awaited<ReturnType<typeof instantiate>>;

/** A kernel may read up to 12 bytes past the end of its input (assembly/kernels/simd.ts). */
const OVERREAD_BYTES = 16;

/** matmul's `accumulate`: false, as the number that the module takes, for V8 is slow to make one of a boolean. */
const OVERWRITE = 0 as unknown as boolean;

/** Bytes that matmulPanels copies columns into (TILE_BYTES of assembly/kernels/panels.ts). */
const TILE_BYTES = 4 * 256 * 48;

/**
 * An instance of the testing module. asc's own loader is passed by, for it puts a function of its own around matmul. Relaxed SIMD
 * is on by now where there is any, since the host looked for it (numerics.ts).
 */
export async function instantiateKernels(bytes: Uint8Array<ArrayBuffer>): Promise<KernelExports> {
  const { instance } = await WebAssembly.instantiate(bytes, {});
  return instance.exports as unknown as KernelExports;
}

export function createWasmSide(kernels: KernelExports, kernelCase: KernelCase): KernelSide {
  const { matmul, matmulPanels, packPanels, exp, tanh, sigmoid, softmax, adagrad } = kernels;
  const inputs = kernelCase.createInputs().map((input) => place(kernels, input)) as [number, number, number];
  const count = resultCount(kernelCase);
  const result = kernelCase.kernel === "adagrad" ? inputs[0] : place(kernels, unwritten(count));
  switch (kernelCase.kernel) {
    case "multiply":
    case "multiplyTransposed": {
      const { m, n, k, panels: how } = kernelCase;
      const [a, b] = inputs;
      const [rowStride, stepStride] = kernelCase.kernel === "multiply" ? ([4 * k, 4] as const) : ([4, 4 * m] as const);
      if (how === "none") {
        return side(kernels, result, count, (calls) => {
          for (let i = 0; i < calls; i++) {
            matmul(result, 4 * n, a, rowStride, stepStride, b, 4 * n, m, n, k, OVERWRITE);
          }
        });
      }
      const panels = place(kernels, new Float32Array(k * Math.ceil(n / 20) * 20));
      const tiles = kernels.allocate(TILE_BYTES);
      packPanels(panels, b, 4 * n, k, n);
      return side(kernels, result, count, (calls) => {
        for (let i = 0; i < calls; i++) {
          if (how === "made each time") packPanels(panels, b, 4 * n, k, n);
          matmulPanels(result, 4 * n, a, rowStride, stepStride, panels, m, n, k, OVERWRITE, tiles);
        }
      });
    }
    case "exp": {
      const [x] = inputs;
      return side(kernels, result, count, (calls) => {
        for (let i = 0; i < calls; i++) exp(result, x, count);
      });
    }
    case "tanh": {
      const [x] = inputs;
      return side(kernels, result, count, (calls) => {
        for (let i = 0; i < calls; i++) tanh(result, x, count);
      });
    }
    case "sigmoid": {
      const [x] = inputs;
      return side(kernels, result, count, (calls) => {
        for (let i = 0; i < calls; i++) sigmoid(result, x, count);
      });
    }
    case "softmax": {
      const [logits] = inputs;
      return side(kernels, result, count, (calls) => {
        for (let i = 0; i < calls; i++) softmax(result, logits, count, 1);
      });
    }
    case "adagrad": {
      const [parameter, gradient, sumOfSquares] = inputs;
      const { learningRate, clipValue } = ADAGRAD_SETTINGS;
      return side(kernels, result, count, (calls) => {
        for (let i = 0; i < calls; i++) adagrad(parameter, gradient, sumOfSquares, count, learningRate, clipValue);
      });
    }
  }
}

/** A copy of `values` in the module's memory; its address. */
function place(kernels: KernelExports, values: Float32Array): number {
  const address = kernels.allocate(values.byteLength + OVERREAD_BYTES);
  new Float32Array(kernels.memory.buffer, address, values.length).set(values);
  return address;
}

function side(kernels: KernelExports, address: number, count: number, repeat: KernelSide["repeat"]): KernelSide {
  // looked at anew each time: placing another case may have moved the memory
  return { repeat, result: () => new Float32Array(kernels.memory.buffer, address, count).slice() };
}
