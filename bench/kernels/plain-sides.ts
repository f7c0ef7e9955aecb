/** The cases in plain TypeScript. */

import { ADAGRAD_SETTINGS, type KernelCase, plainResultCount, unwritten } from "./cases.ts";
import type { KernelSide } from "./kernel-side.ts";
import * as plain from "./plain-loops.ts";

export function createPlainSide(kernelCase: KernelCase): KernelSide {
  const inputs = kernelCase.createInputs() as [Float32Array, Float32Array, Float32Array];
  const result = unwritten(plainResultCount(kernelCase));
  switch (kernelCase.kernel) {
    case "multiply": {
      const { plainRows, n, k } = kernelCase;
      const [a, b] = inputs;
      return side(result, (calls) => {
        for (let i = 0; i < calls; i++) plain.multiply(result, a, b, plainRows, n, k);
      });
    }
    case "multiplyTransposed": {
      const { plainRows, m, n, k } = kernelCase;
      const [a, b] = inputs;
      return side(result, (calls) => {
        for (let i = 0; i < calls; i++) plain.multiplyTransposed(result, a, b, plainRows, m, n, k);
      });
    }
    case "exp": {
      const [x] = inputs;
      return side(result, (calls) => {
        for (let i = 0; i < calls; i++) plain.exp(result, x);
      });
    }
    case "tanh": {
      const [x] = inputs;
      return side(result, (calls) => {
        for (let i = 0; i < calls; i++) plain.tanh(result, x);
      });
    }
    case "sigmoid": {
      const [x] = inputs;
      return side(result, (calls) => {
        for (let i = 0; i < calls; i++) plain.sigmoid(result, x);
      });
    }
    case "softmax": {
      const [logits] = inputs;
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
