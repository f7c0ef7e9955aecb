import type { FloatArray, StepSettings } from "../core/engine.ts";

/** The naive form of an optimizer: an update of one parameter tensor. */
export interface ReferenceOptimizer {
  /** Names of the slots; each is a tensor like the parameter, zero at first. */
  readonly slots: readonly string[];
  update(parameter: FloatArray, gradient: FloatArray, slots: readonly FloatArray[], settings: StepSettings): void;
}
