/**
 * The input's share of every gate, W_ih x + b, for all time steps at once.
 *
 * x is one-hot (given as tokens: W_ih x is a look-up, its gradient a scatter) or dense (R, D), R = T·N rows ·
 * W_ih (G·H, D), kept as its transpose for one-hot input · b (G·H) · gates (R, G·H).
 */

import { clearRows, gatherRows, gatherRowsPlusBias, scatterAddRows, spreadRow, sumRows } from "../kernels/rows.ts";
import { DenseWeight } from "../memory/dense-weight.ts";
import { Parameter } from "../memory/parameter.ts";
import { shareEnd, shareStart } from "../threads/partition.ts";
import { LayerOptions } from "./layer-options.ts";

export class InputProjection {
  /** For one-hot input. */
  private table: Parameter | null = null;
  /** For dense input. */
  private weight: DenseWeight | null = null;
  private readonly inputSize: i32;
  private readonly gateBytes: usize;
  /** Null where the model has no biases. */
  private bias: Parameter | null = null;

  constructor(
    options: LayerOptions,
    readonly gateSize: i32,
  ) {
    const arena = options.arena;
    const name = "rnn.weight_ih" + options.suffix;
    const inputSize = options.inputSize;
    const rows = options.batchSize * options.sequenceLength;
    this.inputSize = inputSize;
    this.gateBytes = (<usize>gateSize) << 2;
    if (options.oneHot) this.table = Parameter.transposed(arena, name, gateSize, inputSize);
    else this.weight = new DenseWeight(arena, name, gateSize, inputSize, rows, options.scratch, null);
  }

  /** Apart from the constructor, so that parameters stand in PyTorch's order: weight_ih, weight_hh, bias. */
  declareBias(options: LayerOptions): void {
    if (options.bias) this.bias = Parameter.vector(options.arena, "rnn.bias_ih" + options.suffix, this.gateSize);
  }

  prepare(): void {
    const weight = this.weight;
    if (weight) weight.prepare();
  }

  /**
   * gates = W_ih x + b; x points to tokens or to rows of floats. In columns from `column`, a multiple of COLUMN_GRAIN, to before
   * `endColumn`.
   */
  forward(gates: usize, x: usize, rows: i32, column: i32, endColumn: i32): void {
    const bias = this.bias;
    const table = this.table;
    const stride = this.gateBytes;
    const width = endColumn - column;
    const offset = (<usize>column) << 2;
    const biases = bias ? bias.address + offset : 0;
    if (!table) {
      if (bias) spreadRow(gates + offset, biases, rows, width, stride);
      this.weight!.forward(gates, x, rows, column, endColumn, bias != null);
    } else if (bias) {
      gatherRowsPlusBias(gates + offset, table.address + offset, x, biases, rows, width, stride);
    } else {
      gatherRows(gates + offset, table.address + offset, x, rows, width, stride);
    }
  }

  /** The gradients of dense input x. */
  backward(gradX: usize, gradGates: usize, rows: i32): void {
    // gates = W_ih x + b  →  ∂x = ∂gates W_ih
    this.weight!.backward(gradX, gradGates, rows, false);
  }

  /** This member's share of the gradients of W_ih and b, overwritten. All members must call it. */
  gradients(gradGates: usize, x: usize, rows: i32): void {
    const bias = this.bias;
    const table = this.table;
    const stride = this.gateBytes;
    const first = shareStart(this.gateSize, 4);
    const width = shareEnd(this.gateSize, 4) - first;
    const offset = (<usize>first) << 2;
    // gates = W_ih x + b  →  ∂b = Σ ∂gates, ∂W_ih = Σ ∂gatesᵀ x
    if (bias) sumRows(bias.gradAddress + offset, gradGates + offset, rows, width, stride);
    if (table) {
      clearRows(table.gradAddress + offset, this.inputSize, width, stride);
      scatterAddRows(table.gradAddress + offset, x, gradGates + offset, rows, width, stride);
    } else {
      this.weight!.gradient(gradGates, x, rows);
    }
  }
}
