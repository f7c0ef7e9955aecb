import { Adagrad } from "./adagrad.ts";
import { Optimizer } from "./optimizer.ts";

/** The optimizers by index; the names are those of `--optimizer` and of the recipe in a model file. */
export const OPTIMIZER_NAMES: StaticArray<string> = ["adagrad"];

/** The index must be one of OPTIMIZER_NAMES. */
export function createOptimizer(index: i32): Optimizer {
  switch (index) {
    default:
      return new Adagrad();
  }
}
