/** One step of the optimizer: every parameter, its gradient and what the optimizer remembers of it, before and after. */

import type { StepSettings } from "../core/engine.ts";
import type { WasmEngine } from "../core/wasm-engine.ts";

export interface OptimizerSlot {
  /** As the optimizer names it: "sum_of_squares". */
  readonly name: string;
  readonly before: Float32Array;
  readonly after: Float32Array;
}

export interface ParameterUpdate {
  readonly name: string;
  readonly shape: readonly number[];
  readonly before: Float32Array;
  /** Before clipping. */
  readonly gradient: Float32Array;
  readonly slots: readonly OptimizerSlot[];
  readonly after: Float32Array;
}

export interface UpdateTrace {
  readonly optimizer: string;
  /** What the step was told: rate, bounds, constants of the optimizer. */
  readonly settings: StepSettings;
  /** Of the pair before the update, in nats. */
  readonly loss: number;
  readonly gradientNorm: number;
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
