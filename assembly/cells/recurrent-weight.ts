import { DenseWeight } from "../memory/dense-weight.ts";
import { LayerOptions } from "./layer-options.ts";

/** W_hh (G·H, H), the products with it, and its gradient. */
export class RecurrentWeight {
  private readonly weight: DenseWeight;

  constructor(options: LayerOptions, gateSize: i32) {
    const name = "rnn.weight_hh" + options.suffix;
    const size = options.hiddenSize;
    this.weight = new DenseWeight(options.arena, name, gateSize, size, options.batchSize, options.scratch, null);
  }

  prepare(): void {
    this.weight.prepare();
  }

  /** gates (R, G·H) += h (R, H) W_hhᵀ, of R rows of the batch, in columns from `column` to before `endColumn`. */
  addProduct(gates: usize, hidden: usize, rows: i32, column: i32, endColumn: i32): void {
    this.weight.forward(gates, hidden, rows, column, endColumn, true);
  }

  /** gradHidden (R, H) += gradGates (R, G·H) W_hh */
  addGradHidden(gradHidden: usize, gradGates: usize, rows: i32): void {
    this.weight.backward(gradHidden, gradGates, rows, true);
  }

  /**
   * This member's share of ∂W_hh = Σ gradGatesᵀ h over `count` rows, h being the state that each row of gates was computed from.
   * All members must call it.
   */
  computeGradient(gradGates: usize, hidden: usize, count: i32): void {
    this.weight.gradient(gradGates, hidden, count);
  }
}
