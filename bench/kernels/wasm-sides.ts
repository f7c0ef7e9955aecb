/** The cases in build/kernels.wasm. */

import { readFile } from "node:fs/promises";
import type { instantiate } from "../../build/kernels.js";
import { ADAGRAD_SETTINGS, type KernelCase, unwritten } from "./cases.ts";
import type { KernelSide } from "./kernel-side.ts";

type KernelExports = Awaited<ReturnType<typeof instantiate>>;

/** A kernel may read up to 12 bytes past the end of its input (assembly/kernels/simd.ts). */
const OVERREAD_BYTES = 16;

/** matmul's `accumulate`: false, as the number that the module takes, for V8 is slow to make one of a boolean. */
const OVERWRITE = 0 as unknown as boolean;

/** Loads the module; its cases share one instance. Throws an Error that says what to do where it has not been built. */
export async function loadWasmSides(): Promise<(kernelCase: KernelCase) => KernelSide> {
  // from build/bench.mjs as from bench/; asc's own loader is passed by, for it puts a function of its own around matmul
  const bytes = await readFile(new URL("../build/kernels.wasm", import.meta.url)).catch(() => {
    throw new Error("build/kernels.wasm: not found; run npm run build first, or npm run bench, which does");
  });
  const { instance } = await WebAssembly.instantiate(bytes, {});
  const kernels = instance.exports as unknown as KernelExports;
  return (kernelCase) => createWasmSide(kernels, kernelCase);
}

function createWasmSide(kernels: KernelExports, kernelCase: KernelCase): KernelSide {
  const { matmul, matmulPanels, packPanels, exp, tanh, softmax, adagrad } = kernels;
  const inputs = kernelCase.inputs.map((input) => place(kernels, input)) as [number, number, number];
  switch (kernelCase.kernel) {
    case "multiply":
    case "multiplyTransposed": {
      const { m, n, k } = kernelCase;
      const [a, b] = inputs;
      const c = place(kernels, unwritten(m * n));
      if (kernelCase.panels) {
        const panels = place(kernels, new Float32Array(k * Math.ceil(n / 8) * 8));
        packPanels(panels, b, 4 * n, k, n);
        return side(kernels, c, m * n, (calls) => {
          for (let i = 0; i < calls; i++) matmulPanels(c, 4 * n, a, 4 * k, 4, panels, m, n, k, OVERWRITE, 0);
        });
      }
      const [rowStride, stepStride] = kernelCase.kernel === "multiply" ? ([4 * k, 4] as const) : ([4, 4 * m] as const);
      return side(kernels, c, m * n, (calls) => {
        for (let i = 0; i < calls; i++) {
          matmul(c, 4 * n, a, rowStride, stepStride, b, 4 * n, m, n, k, OVERWRITE);
        }
      });
    }
    case "exp": {
      const { count } = kernelCase;
      const [x] = inputs;
      const result = place(kernels, unwritten(count));
      return side(kernels, result, count, (calls) => {
        for (let i = 0; i < calls; i++) exp(result, x, count);
      });
    }
    case "tanh": {
      const { count } = kernelCase;
      const [x] = inputs;
      const result = place(kernels, unwritten(count));
      return side(kernels, result, count, (calls) => {
        for (let i = 0; i < calls; i++) tanh(result, x, count);
      });
    }
    case "softmax": {
      const { count } = kernelCase;
      const [logits] = inputs;
      const result = place(kernels, unwritten(count));
      return side(kernels, result, count, (calls) => {
        for (let i = 0; i < calls; i++) softmax(result, logits, count, 1);
      });
    }
    case "adagrad": {
      const { count } = kernelCase;
      const [parameter, gradient, sumOfSquares] = inputs;
      const { learningRate, clipValue } = ADAGRAD_SETTINGS;
      return side(kernels, parameter, count, (calls) => {
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
