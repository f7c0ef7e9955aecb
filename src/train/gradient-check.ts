/**
 * Gradients against central differences: (L(p + ε) - L(p - ε)) / 2ε for every parameter element, L the loss of a float64
 * forward pass, ε = 1e-5. Of the truncation error ε²L'''/6 and the rounding error 1e-16·L/ε nothing above 1e-9 remains.
 */

import type { Engine, FloatArray } from "../core/engine.ts";
import { createReferenceEngine, type ReferenceEngine } from "../reference/reference-engine.ts";

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
  const oracle = gradientOracle(engine);
  engine.lossAndGradients(tokens, targets);
  const checks: GradientCheck[] = [];
  for (const { name, role, shape } of engine.tensors) {
    if (role !== "parameter") continue;
    const gradient = engine.readTensor(`grad.${name}`);
    const values = oracle.readTensor(name);
    let squaredError = 0;
    let squaredNorm = 0;
    for (let i = 0; i < values.length; i++) {
      const difference = centralDifference(oracle, name, values, i, tokens, targets);
      squaredError += (gradient[i]! - difference) ** 2;
      squaredNorm += difference ** 2;
    }
    checks.push({
      parameter: name,
      shape,
      relativeError: squaredError === 0 ? 0 : Math.sqrt(squaredError / squaredNorm),
    });
  }
  return checks;
}

/** A float64 engine with the parameters and the carried state of another. */
export function gradientOracle(engine: Engine): ReferenceEngine {
  const oracle = createReferenceEngine(engine.config, "float64");
  for (const { name, role } of engine.tensors) {
    if (role === "parameter" || role === "state") oracle.writeTensor(name, engine.readTensor(name));
  }
  return oracle;
}

/**
 * The slope of the oracle's loss at element `index` of a parameter whose values are `values`; both are left as they were.
 */
export function centralDifference(
  oracle: ReferenceEngine,
  parameter: string,
  values: FloatArray,
  index: number,
  tokens: ArrayLike<number>,
  targets: ArrayLike<number>,
): number {
  const value = values[index]!;
  const lossAt = (moved: number): number => {
    values[index] = moved;
    oracle.writeTensor(parameter, values);
    return oracle.loss(tokens, targets);
  };
  const above = lossAt(value + EPSILON);
  const below = lossAt(value - EPSILON);
  values[index] = value;
  oracle.writeTensor(parameter, values);
  return (above - below) / (2 * EPSILON);
}
