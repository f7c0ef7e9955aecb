/**
 * The one product: C (M, N) = initial + A (M, K) · B (K, N), where `initial` is C itself or zero.
 *
 *   C[i][j] = (((C[i][j] + A[i][0]·B[0][j]) + A[i][1]·B[1][j]) + …)
 *
 * Every element is summed over k in this order, one after the other, whatever the tile, the number of rows or the
 * thread: a row gives the same bits alone as in a batch, and a sum may be cut anywhere in k and gone on with.
 *
 * A is read through two strides (in bytes), so the same loop serves A·B (rowStride = K floats, stepStride = one float) and
 * Aᵀ·B (rowStride = one float, stepStride = M floats). B's rows are contiguous; A·Bᵀ, and factors too
 * large for the nearest cache, go through panels (panels.ts), which are made of these tiles.
 *
 * Sums are kept in registers while k goes past (tiles.ts).
 *
 * NaN and ±Inf go where IEEE arithmetic sends them. C must not overlap A or B.
 */

import { oneRowTile, TILE_WIDTH, twoRowTile } from "./tiles.ts";

/** Strides in bytes; m, n ≥ 1, k ≥ 0. Reads up to 12 bytes behind a row of B and of C, writes only C. */
export function matmul(
  c: usize,
  cStride: usize,
  a: usize,
  aRowStride: usize,
  aStepStride: usize,
  b: usize,
  bStride: usize,
  m: i32,
  n: i32,
  k: i32,
  accumulate: bool,
): void {
  const steps = <usize>k * bStride;
  const even = m & ~1;
  // all rows go past a strip of B before the next, so that it is read from afar once
  for (let column = 0; column < n && even > 0; column += TILE_WIDTH) {
    const offset = (<usize>column) << 2;
    const width = min(n - column, TILE_WIDTH);
    for (let row = 0; row < even; row += 2) {
      const cTile = c + <usize>row * cStride + offset;
      const aRow = a + <usize>row * aRowStride;
      twoRowTile(cTile, cStride, aRow, aRowStride, aStepStride, b + offset, bStride, steps, accumulate, width);
    }
  }
  if (even == m) return;
  const aRow = a + <usize>even * aRowStride;
  singleRow(c + <usize>even * cStride, aRow, aStepStride, b, bStride, STRIP, n, steps, accumulate);
}

/** Bytes from one strip of columns to the next in a plain row. */
const STRIP: usize = 4 * TILE_WIDTH;

/** One row of C. B's columns come in strips, `stripStride` bytes apart: STRIP in plain rows, a panel's size in panels. */
export function singleRow(
  c: usize,
  a: usize,
  aStepStride: usize,
  b: usize,
  bStride: usize,
  stripStride: usize,
  n: i32,
  steps: usize,
  accumulate: bool,
): void {
  for (let column = 0; column < n; column += 2 * TILE_WIDTH) {
    const width = min(n - column, 2 * TILE_WIDTH);
    oneRowTile(c, a, aStepStride, b, bStride, stripStride, steps, accumulate, width);
    c += 2 * STRIP;
    b += 2 * stripStride;
  }
}
