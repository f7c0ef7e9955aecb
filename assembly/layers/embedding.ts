/**
 * Embedding: x = row `token` of the table, for each of R tokens.
 *
 * tokens (R) · table (V, D) · x (R, D) · ∂x (R, D).
 */

import { gatherRows, scatterAddRows } from "../kernels/rows.ts";
import { Arena } from "../memory/arena.ts";
import { Parameter } from "../memory/parameter.ts";

export class Embedding {
  readonly table: Parameter;

  constructor(
    arena: Arena,
    private readonly vocabularySize: i32,
    readonly size: i32,
  ) {
    this.table = Parameter.matrix(arena, "embedding.weight", vocabularySize, size);
  }

  forward(x: usize, tokens: usize, rows: i32): void {
    gatherRows(x, this.table.address, tokens, rows, this.size);
  }

  /** Adds to the table's gradient if the decoder, which shares it, has written its part there already; else overwrites it. */
  backward(gradX: usize, tokens: usize, rows: i32, shared: bool): void {
    const gradient = this.table.gradAddress;
    if (!shared) memory.fill(gradient, 0, (<usize>this.vocabularySize * <usize>this.size) << 2);
    scatterAddRows(gradient, tokens, gradX, rows, this.size);
  }
}
