import { Arena } from "../memory/arena.ts";

/**
 * An optimizer: elementwise, over all parameters as one flat run of floats.
 *
 * A new optimizer is one file with a subclass and one line in registry.ts.
 */
export abstract class Optimizer {
  /** Declares the slots, one tensor for each parameter, named "optimizer.<slot>.<parameter>". */
  abstract declareSlots(arena: Arena): void;

  /** One update from the gradients, each element first clipped to ±clipValue (Infinity for no clipping). */
  abstract update(arena: Arena, learningRate: f32, clipValue: f32): void;
}
