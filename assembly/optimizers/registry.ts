import { Adagrad } from "./adagrad.ts";
import { Adam, AdamW } from "./adam.ts";
import { Adamax } from "./adamax.ts";
import { Optimizer } from "./optimizer.ts";
import { RmsProp } from "./rmsprop.ts";
import { Sgd } from "./sgd.ts";

/**
 * The optimizers by index, a line each: the name, as in the recipe of a model file, and the class. `T` is string or Optimizer, as
 * in cells/registry.ts.
 */
function find<T>(index: i32): T | null {
  if (index == 0) return nameOrOptimizer<T, Adagrad>("adagrad");
  if (index == 1) return nameOrOptimizer<T, Sgd>("sgd");
  if (index == 2) return nameOrOptimizer<T, RmsProp>("rmsprop");
  if (index == 3) return nameOrOptimizer<T, Adam>("adam");
  if (index == 4) return nameOrOptimizer<T, AdamW>("adamw");
  if (index == 5) return nameOrOptimizer<T, Adamax>("adamax");
  return null;
}

export function numberOfOptimizers(): i32 {
  let count = 0;
  while (nameOfOptimizer(count)) count++;
  return count;
}

/** Null beyond the last. */
export function nameOfOptimizer(index: i32): string | null {
  return find<string>(index);
}

/** The index must be one that has a name. */
export function createOptimizer(index: i32): Optimizer {
  return find<Optimizer>(index)!;
}

function nameOrOptimizer<T, O extends Optimizer>(name: string): T {
  if (isString<T>()) return changetype<T>(name);
  return changetype<T>(instantiate<O>());
}
