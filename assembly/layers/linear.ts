/**
 * Linear layer: y = W x + b for each of R rows.
 *
 * x (R, I) · W (O, I) · b (O), or none · y (R, O). Kept for the backward pass: x, by the caller. W may be another layer's.
 */

import { spreadRow, sumRows } from "../kernels/rows.ts";
import { Arena } from "../memory/arena.ts";
import { DenseWeight } from "../memory/dense-weight.ts";
import { Parameter } from "../memory/parameter.ts";
import { Scratch } from "../memory/scratch.ts";
import { shareEnd, shareStart } from "../threads/partition.ts";

export class Linear {
  private readonly weight: DenseWeight;
  /** Null where the model has no biases. */
  private bias: Parameter | null = null;

  /** For up to `rows` rows. `shared` is the weight (O, I) of another layer, or null for one of its own. */
  constructor(
    arena: Arena,
    name: string,
    inputs: i32,
    readonly outputs: i32,
    bias: bool,
    rows: i32,
    scratch: Scratch,
    shared: Parameter | null,
  ) {
    this.weight = new DenseWeight(arena, name + ".weight", outputs, inputs, rows, scratch, shared);
    if (bias) this.bias = Parameter.vector(arena, name + ".bias", outputs);
  }

  prepare(): void {
    this.weight.prepare();
  }

  /** In columns from `column`, a multiple of COLUMN_GRAIN, to before `endColumn`. */
  forward(y: usize, x: usize, rows: i32, column: i32, endColumn: i32): void {
    const bias = this.bias;
    const offset = (<usize>column) << 2;
    // y = b + x Wᵀ
    if (bias) spreadRow(y + offset, bias.address + offset, rows, endColumn - column, (<usize>this.outputs) << 2);
    this.weight.forward(y, x, rows, column, endColumn, bias != null);
  }

  /** gradX (R, I) from gradY (R, O). */
  backward(gradX: usize, gradY: usize, rows: i32): void {
    // y = W x + b  →  ∂x = ∂y W
    this.weight.backward(gradX, gradY, rows, false);
  }

  /** This member's share of the gradients of W and b, from gradY and the forward pass's x, overwritten. All members must call it. */
  gradients(gradY: usize, x: usize, rows: i32): void {
    const bias = this.bias;
    // y = W x + b  →  ∂W = ∂yᵀ x, ∂b = Σ ∂y
    this.weight.gradient(gradY, x, rows);
    if (!bias) return;
    const first = shareStart(this.outputs, 4);
    const width = shareEnd(this.outputs, 4) - first;
    const offset = (<usize>first) << 2;
    sumRows(bias.gradAddress + offset, gradY + offset, rows, width, (<usize>this.outputs) << 2);
  }
}
