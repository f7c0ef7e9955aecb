/**
 * Embedding: x = row `token` of the table, for each of R tokens.
 *
 * tokens (R) · table (V, D) · x (R, D) · ∂x (R, D).
 */

import { clearRows, gatherRows, scatterAddRows } from "../kernels/rows.ts";
import { Arena } from "../memory/arena.ts";
import { Parameter } from "../memory/parameter.ts";
import { shareEnd, shareStart } from "../threads/partition.ts";

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
    gatherRows(x, this.table.address, tokens, rows, this.size, (<usize>this.size) << 2);
  }

  /**
   * This member's columns of the table's gradient: added if the decoder, which shares it, has written its part there already;
   * else overwritten.
   */
  gradient(gradX: usize, tokens: usize, rows: i32, shared: bool): void {
    const first = shareStart(this.size, 4);
    const width = shareEnd(this.size, 4) - first;
    const offset = (<usize>first) << 2;
    const stride = (<usize>this.size) << 2;
    const gradient = this.table.gradAddress + offset;
    if (!shared) clearRows(gradient, this.vocabularySize, width, stride);
    scatterAddRows(gradient, tokens, gradX + offset, rows, width, stride);
  }
}
