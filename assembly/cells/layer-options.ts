import { Activation } from "../abi/constants.ts";
import { Arena } from "../memory/arena.ts";

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
    /** Of vanilla cells alone. */
    readonly activation: Activation,
  ) {}
}
