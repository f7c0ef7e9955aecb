/** The cases in plain TypeScript. */

import { ADAGRAD_SETTINGS, type KernelCase, unwritten } from "./cases.ts";
import type { KernelSide } from "./kernel-side.ts";
import * as plain from "./plain-loops.ts";

export function createPlainSide(kernelCase: KernelCase): KernelSide {
  const inputs = kernelCase.inputs as [Float32Array, Float32Array, Float32Array];
  switch (kernelCase.kernel) {
    case "multiply": {
      const { m, n, k } = kernelCase;
      const [a, b] = inputs;
      const c = unwritten(m * n);
      return side(c, (calls) => {
        for (let i = 0; i < calls; i++) plain.multiply(c, a, b, m, n, k);
      });
    }
    case "multiplyTransposed": {
      const { m, n, k } = kernelCase;
      const [a, b] = inputs;
      const c = unwritten(m * n);
      return side(c, (calls) => {
        for (let i = 0; i < calls; i++) plain.multiplyTransposed(c, a, b, m, n, k);
      });
    }
    case "exp": {
      const [x] = inputs;
      const result = unwritten(kernelCase.count);
      return side(result, (calls) => {
        for (let i = 0; i < calls; i++) plain.exp(result, x);
      });
    }
    case "tanh": {
      const [x] = inputs;
      const result = unwritten(kernelCase.count);
      return side(result, (calls) => {
        for (let i = 0; i < calls; i++) plain.tanh(result, x);
      });
    }
    case "softmax": {
      const [logits] = inputs;
      const result = unwritten(kernelCase.count);
      return side(result, (calls) => {
        for (let i = 0; i < calls; i++) plain.softmax(result, logits);
      });
    }
    case "adagrad": {
      const [parameter, gradient, sumOfSquares] = inputs;
      const { learningRate, clipValue } = ADAGRAD_SETTINGS;
      return side(parameter, (calls) => {
        for (let i = 0; i < calls; i++) plain.adagrad(parameter, gradient, sumOfSquares, learningRate, clipValue);
      });
    }
  }
}

function side(result: Float32Array, repeat: KernelSide["repeat"]): KernelSide {
  return { repeat, result: () => result.slice() };
}
