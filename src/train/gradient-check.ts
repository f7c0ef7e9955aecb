/**
 * Gradients against central differences: (L(p + ε) - L(p - ε)) / 2ε for every parameter element, L the loss of a float64
 * forward pass, ε = 1e-5. Of the truncation error ε²L'''/6 and the rounding error 1e-16·L/ε nothing above 1e-9 remains.
 */

import type { Engine } from "../core/engine.ts";
import { createReferenceEngine } from "../reference/reference-engine.ts";

/** How close the gradient of one parameter is. */
export interface GradientCheck {
  /** Its name. */
  readonly parameter: string;
  /** (length), or (rows, columns). */
  readonly shape: readonly number[];
  /** ‖gradient - difference‖ / ‖difference‖ over the whole tensor; 0 where both are 0. */
  readonly relativeError: number;
}

const EPSILON = 1e-5;

/**
 * Checks an engine's gradients on one chunk, from its present parameters and carried state. Two forward passes for every
 * parameter element: for small models.
 */
export function checkGradients(engine: Engine, tokens: ArrayLike<number>, targets: ArrayLike<number>): GradientCheck[] {
  const oracle = createReferenceEngine(engine.config, "float64");
  for (const { name, role } of engine.tensors) {
    if (role === "parameter" || role === "state") oracle.writeTensor(name, engine.readTensor(name));
  }
  engine.lossAndGradients(tokens, targets);
  const checks: GradientCheck[] = [];
  for (const { name, role, shape } of engine.tensors) {
    if (role !== "parameter") continue;
    const gradient = engine.readTensor(`grad.${name}`);
    const values = oracle.readTensor(name);
    let squaredError = 0;
    let squaredNorm = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      values[i] = value + EPSILON;
      oracle.writeTensor(name, values);
      const above = oracle.loss(tokens, targets);
      values[i] = value - EPSILON;
      oracle.writeTensor(name, values);
      const below = oracle.loss(tokens, targets);
      values[i] = value;
      const difference = (above - below) / (2 * EPSILON);
      squaredError += (gradient[i]! - difference) ** 2;
      squaredNorm += difference ** 2;
    }
    oracle.writeTensor(name, values);
    checks.push({
      parameter: name,
      shape,
      relativeError: squaredError === 0 ? 0 : Math.sqrt(squaredError / squaredNorm),
    });
  }
  return checks;
}
