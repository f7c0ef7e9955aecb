/** Adagrad of assembly/optimizers/adagrad.ts: mem += g², p -= lr·g / √(mem + 1e-8), on elements clipped to ±clipValue. */

import type { FloatArray, StepSettings } from "../core/engine.ts";
import type { ReferenceOptimizer } from "./optimizer.ts";

export const referenceAdagrad: ReferenceOptimizer = {
  slots: ["sum_of_squares"],

  update(parameter: FloatArray, gradient: FloatArray, slots: readonly FloatArray[], settings: StepSettings): void {
    const { learningRate, clipValue } = settings;
    const sumOfSquares = slots[0] as FloatArray;
    for (let i = 0; i < parameter.length; i++) {
      const g = Math.max(-clipValue, Math.min(clipValue, gradient[i]!));
      const sum = sumOfSquares[i]! + g * g;
      sumOfSquares[i] = sum;
      parameter[i] = parameter[i]! - (learningRate * g) / Math.sqrt(sum + 1e-8);
    }
  },
};
