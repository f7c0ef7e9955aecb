/**
 * Gradients checked element by element: the module's float32 gradient beside a central difference of the float64 reference,
 * which knows no backward pass.
 */

import type { WasmEngine } from "../core/wasm-engine.ts";
import { centralDifference, gradientOracle } from "../train/gradient-check.ts";
import type { TensorElement } from "./backward-trace.ts";

export interface CheckedElement extends TensorElement {
  readonly value: number;
  /** The module's. */
  readonly analytic: number;
  /** (L(p + ε) - L(p - ε)) / 2ε with ε = 1e-5. */
  readonly numeric: number;
  /** |analytic - numeric| / max(|analytic|, |numeric|); 0 where both are 0. */
  readonly relativeError: number;
}

/**
 * Checks elements of parameters on one pair, from the state that the engine carries: two forward passes of plain TypeScript for
 * each. Throws a RangeError for an element that no parameter has.
 */
export function checkElements(
  engine: WasmEngine,
  token: number,
  target: number,
  elements: Iterable<TensorElement>,
): CheckedElement[] {
  const oracle = gradientOracle(engine);
  const parameters = engine.tensors.filter(({ role }) => role === "parameter");
  engine.lossAndGradients([token], [target]);
  return [...elements].map(({ tensor, index }) => {
    if (!parameters.some(({ name }) => name === tensor)) {
      const names = parameters.map(({ name }) => name).join(", ");
      throw new RangeError(`parameter "${tensor}": expected one of ${names}`);
    }
    const values = oracle.readTensor(tensor);
    const value = values[index];
    if (value === undefined) {
      throw new RangeError(`${tensor}: expected an element from 0 to ${values.length - 1}, got ${index}`);
    }
    const analytic = engine.readTensor(`grad.${tensor}`)[index]!;
    const numeric = centralDifference(oracle, tensor, values, index, [token], [target]);
    const size = Math.max(Math.abs(analytic), Math.abs(numeric));
    const relativeError = size === 0 ? 0 : Math.abs(analytic - numeric) / size;
    return { tensor, index, value, analytic, numeric, relativeError };
  });
}
