/** One step of the optimizer: every parameter, its gradient and what the optimizer remembers of it, before and after. */

import type { StepSettings } from "../core/engine.ts";
import type { WasmEngine } from "../core/wasm-engine.ts";

/** What an optimizer remembers of a parameter, before and after a step. */
export interface OptimizerSlot {
  /** As the optimizer names it: "sum_of_squares". */
  readonly name: string;
  /** Row-major, in the parameter's shape. */
  readonly before: Float32Array;
  /** The same after the step. */
  readonly after: Float32Array;
}

/** A parameter before and after a step, row-major. */
export interface ParameterUpdate {
  /** PyTorch's. */
  readonly name: string;
  /** (length), or (rows, columns). */
  readonly shape: readonly number[];
  /** Its values before the step. */
  readonly before: Float32Array;
  /** Before clipping. */
  readonly gradient: Float32Array;
  /** In the optimizer's order. */
  readonly slots: readonly OptimizerSlot[];
  /** Its values after the step. */
  readonly after: Float32Array;
}

/** One step of the optimizer. */
export interface UpdateTrace {
  /** Its name. */
  readonly optimizer: string;
  /** What the step was told: rate, bounds, constants of the optimizer. */
  readonly settings: StepSettings;
  /** Of the pair before the update, in nats. */
  readonly loss: number;
  /** Euclidean norm over all parameters, before clipping. */
  readonly gradientNorm: number;
  /** In the order of the engine's tensors. */
  readonly parameters: readonly ParameterUpdate[];
}

/** Makes a training step of one pair, which also carries the state on. */
export function traceUpdate(engine: WasmEngine, token: number, target: number, settings: StepSettings): UpdateTrace {
  const parameters = engine.tensors.filter(({ role }) => role === "parameter");
  const slotsOf = (parameter: string) =>
    engine.tensors.filter(({ role, name }) => role === "optimizer-slot" && name.endsWith(`.${parameter}`));
  const before = parameters.map(({ name }) => ({
    values: engine.readTensor(name),
    slots: slotsOf(name).map((slot) => ({ tensor: slot.name, values: engine.readTensor(slot.name) })),
  }));
  const { loss, gradientNorm } = engine.trainStep([token], [target], settings);
  return {
    optimizer: engine.config.optimizer,
    settings,
    loss,
    gradientNorm,
    parameters: parameters.map(({ name, shape }, i) => ({
      name,
      shape,
      before: before[i]!.values,
      gradient: engine.readTensor(`grad.${name}`),
      slots: before[i]!.slots.map(({ tensor, values }) => ({
        name: tensor.slice("optimizer.".length, -name.length - 1),
        before: values,
        after: engine.readTensor(tensor),
      })),
      after: engine.readTensor(name),
    })),
  };
}
