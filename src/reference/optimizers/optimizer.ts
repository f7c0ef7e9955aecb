import type { FloatArray, StepSettings } from "../../core/engine.ts";

/** The naive form of an optimizer: the update of one parameter tensor. The equations stand in assembly/optimizers. */
export interface ReferenceOptimizer {
  /** Names of the slots; each is a tensor like the parameter, zero at first. */
  readonly slots: readonly string[];
  /** `gradient` is clipped already. */
  update(parameter: FloatArray, gradient: FloatArray, slots: readonly FloatArray[], settings: StepSettings): void;
}
