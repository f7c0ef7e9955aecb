import { Adagrad } from "./adagrad.ts";
import { Adam } from "./adam.ts";
import { Optimizer } from "./optimizer.ts";
import { RmsProp } from "./rmsprop.ts";
import { Sgd } from "./sgd.ts";

/** The optimizers by index, named as in the recipe of a model file. */
export const OPTIMIZER_NAMES: StaticArray<string> = ["adagrad", "sgd", "rmsprop", "adam", "adamw"];

/** The index must be one of OPTIMIZER_NAMES. */
export function createOptimizer(index: i32): Optimizer {
  if (index == 1) return new Sgd();
  if (index == 2) return new RmsProp();
  if (index == 3) return new Adam(false);
  if (index == 4) return new Adam(true);
  return new Adagrad();
}
