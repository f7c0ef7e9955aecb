import { Activation } from "../abi/constants.ts";
import { Arena } from "../memory/arena.ts";
import { Scratch } from "../memory/scratch.ts";

/** What a cell is told about its layer. */
export class LayerOptions {
  constructor(
    readonly arena: Arena,
    /** Ends the names of the layer's tensors: "_l0". */
    readonly suffix: string,
    /** D, or V for one-hot input. */
    readonly inputSize: i32,
    readonly oneHot: bool,
    readonly hiddenSize: i32,
    readonly bias: bool,
    /** N of the training pass. */
    readonly batchSize: i32,
    /** T of the training pass, at most. */
    readonly sequenceLength: i32,
    readonly scratch: Scratch,
    /** Of vanilla cells alone. */
    readonly activation: Activation,
  ) {}
}
