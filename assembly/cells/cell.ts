import { Arena } from "../memory/arena.ts";

/**
 * A recurrent cell: its parameters, shared by all the passes that run over them.
 *
 * A new cell is one file with a subclass of Cell and one of CellPass, and one line in registry.ts.
 */
export abstract class Cell {
  /** Renews what is derived from the parameters (transposed copies), after they changed. */
  abstract prepare(): void;

  /**
   * Declares what one run over up to `timeSteps` × `rows` tokens needs. The training pass keeps the gradients; the sampler's
   * steps forward only.
   */
  abstract createPass(arena: Arena, timeSteps: i32, rows: i32, training: bool): CellPass;
}

/**
 * The activations of a cell over one chunk of T time steps and N rows, and the state carried into it. The batch size N is
 * fixed; T may vary from call to call up to the capacity.
 */
export abstract class CellPass {
  /** Address of h (T, N, H), one row for each token, after `forward`. */
  abstract get hidden(): usize;

  /** Address of ∂loss/∂h (T, N, H), which the decoder fills before `backward` and which is used up by it. */
  abstract get gradHidden(): usize;

  /** Runs over tokens (T, N), time-major, from the carried state. The carried state stays as it was. */
  abstract forward(tokens: usize, timeSteps: i32): void;

  /** Overwrites the gradients of the cell's parameters; after `forward` on the same tokens. No gradient leaves the chunk. */
  abstract backward(tokens: usize, timeSteps: i32): void;

  /** Makes the state after the last forward pass of `timeSteps` the carried one. */
  abstract carryState(timeSteps: i32): void;

  /** Sets the carried state to zero. */
  abstract resetState(): void;

  /** Takes over row 0 of another pass's carried state; both are of the same cell. */
  abstract copyStateFrom(other: CellPass): void;
}
