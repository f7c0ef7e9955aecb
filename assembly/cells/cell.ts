import { InputProjection } from "./input-projection.ts";
import { LayerOptions } from "./layer-options.ts";

/**
 * A recurrent cell of one layer: its parameters, shared by all the passes that run over them. The input's share of its gates,
 * W_ih x + b, is computed for all time steps at once before the cell runs (input-projection.ts).
 *
 * A new cell is one file with a subclass of Cell and one of CellPass, and one line in registry.ts.
 */
export abstract class Cell {
  constructor(
    readonly hiddenSize: i32,
    /** Of G·H rows, G being the number of sums over the input. */
    readonly input: InputProjection,
  ) {}

  /** Renews what is derived from the cell's own parameters (panels), after they changed. */
  abstract prepare(): void;

  /**
   * Declares what one run over up to `timeSteps` × `rows` tokens needs. The training pass keeps the gradients; the sampler's
   * steps forward only.
   */
  abstract createPass(options: LayerOptions, timeSteps: i32, rows: i32, training: bool): CellPass;
}

/**
 * The activations of a cell over one chunk of T time steps and N rows, and the state carried into it. N is fixed; T may vary
 * from call to call up to the capacity.
 *
 * Rows never meet, so a member of the team runs `rows` of them from number `first` on, through all time steps, without waiting
 * for the others. Gradients of parameters are sums over all rows: they come afterwards, each member making its share of them.
 */
export abstract class CellPass {
  /** Address of h (T, N, H), one row for each token, after `forward`. */
  abstract get hidden(): usize;

  /** Address of ∂loss/∂h (T, N, H), which whatever reads h fills before `backward`, and which is used up by it. */
  abstract get gradHidden(): usize;

  /**
   * Runs from the carried state. `gates` (T, N, G·H) holds W_ih x + b; the cell may leave there what its backward pass
   * wants. The carried state stays as it was.
   */
  forward(gates: usize, timeSteps: i32, first: i32, rows: i32): void {
    this.begin(first, rows);
    for (let t = 0; t < timeSteps; t++) {
      this.addProducts(gates, t, first, rows, 0, this.sums);
      this.activate(gates, t, first, rows);
    }
  }

  /** How many sums over the state a row has: G·H, or 0 of a cell that multiplies no state. */
  abstract get sums(): i32;

  /** Takes over the carried state of `rows` rows: the first of a chunk's. */
  abstract begin(first: i32, rows: i32): void;

  /**
   * The products with the state before time step t, for the sums from `sum` to before `endSum`: of a single row, which no two
   * members can share, each makes some of the sums.
   */
  abstract addProducts(gates: usize, t: i32, first: i32, rows: i32, sum: i32, endSum: i32): void;

  /** The state after time step t, from all sums. */
  abstract activate(gates: usize, t: i32, first: i32, rows: i32): void;

  /** After `forward`: overwrites `gates` with ∂loss/∂(W_ih x + b). No gradient leaves the chunk. */
  abstract backward(gates: usize, timeSteps: i32, first: i32, rows: i32): void;

  /** After `backward` of all rows: this member's share of the gradients of the cell's own parameters, overwritten. */
  abstract gradients(gates: usize, timeSteps: i32): void;

  /** Makes the state after the last forward pass of `timeSteps` the carried one, of `rows` rows. */
  abstract carryState(timeSteps: i32, first: i32, rows: i32): void;

  /** Sets the carried state to zero. */
  abstract resetState(): void;

  /** Takes over row 0 of another pass's carried state; both are of the same cell. */
  abstract copyStateFrom(other: CellPass): void;
}
