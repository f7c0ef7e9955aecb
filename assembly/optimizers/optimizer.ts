import { Arena } from "../memory/arena.ts";

/**
 * An optimizer: elementwise, over all parameters as one flat run of floats, whose length is a multiple of 4.
 *
 * A new optimizer is one file with a subclass and one line in registry.ts.
 */
export abstract class Optimizer {
  /** Declares the slots, one tensor for each parameter, named "optimizer.<slot>.<parameter>". */
  abstract declareSlots(arena: Arena): void;

  /**
   * One update from the gradients, with the settings of the step record, of what lies from byte `first` to before byte `end` of
   * each region, multiples of 16; the gradients stay as they are.
   */
  abstract update(arena: Arena, step: usize, gradientSquaredNorm: f64, first: usize, end: usize): void;
}
