/**
 * Rows of floats: look up, scatter, spread and add up. Each result element is summed row after row, in the order of the rows.
 */

import { storePartial } from "./simd.ts";

/** result[i] = a[i] + b[i] for i < count; in place over either allowed. */
export function add(result: usize, a: usize, b: usize, count: i32): void {
  const end = result + ((<usize>(count & ~3)) << 2);
  for (; result < end; result += 16, a += 16, b += 16) {
    v128.store(result, f32x4.add(v128.load(a), v128.load(b)));
  }
  if (count & 3) storePartial(result, f32x4.add(v128.load(a), v128.load(b)), count & 3);
}

/** result[i] = a[i] · b[i] for i < count; in place over either allowed. */
export function multiply(result: usize, a: usize, b: usize, count: i32): void {
  const end = result + ((<usize>(count & ~3)) << 2);
  for (; result < end; result += 16, a += 16, b += 16) {
    v128.store(result, f32x4.mul(v128.load(a), v128.load(b)));
  }
  if (count & 3) storePartial(result, f32x4.mul(v128.load(a), v128.load(b)), count & 3);
}

/** result[i] = x[i] for i < count. Unlike memory.copy, which V8 leaves the module for, it costs a short row nothing. */
export function copy(result: usize, x: usize, count: i32): void {
  for (const end = result + ((<usize>(count & ~3)) << 2); result < end; result += 16, x += 16) {
    v128.store(result, v128.load(x));
  }
  if (count & 3) storePartial(result, v128.load(x), count & 3);
}

/** result (rows, width), `stride` bytes from row to row: each a copy of `row`. */
export function spreadRow(result: usize, row: usize, rows: i32, width: i32, stride: usize): void {
  for (let i = 0; i < rows; i++, result += stride) copy(result, row, width);
}

/** result (rows, width): row i = table[indices[i]]. `stride` bytes lead from row to row, of the table as of the result. */
export function gatherRows(result: usize, table: usize, indices: usize, rows: i32, width: i32, stride: usize): void {
  for (let i = 0; i < rows; i++, result += stride, indices += 4) {
    copy(result, table + <usize>load<u32>(indices) * stride, width);
  }
}

/** The same plus `bias` (width): a one-hot row times a matrix, without the product. */
export function gatherRowsPlusBias(
  result: usize,
  table: usize,
  indices: usize,
  bias: usize,
  rows: i32,
  width: i32,
  stride: usize,
): void {
  for (let i = 0; i < rows; i++, result += stride, indices += 4) {
    add(result, table + <usize>load<u32>(indices) * stride, bias, width);
  }
}

/**
 * table[indices[i]] += x[i] for each of the rows of x (rows, width), in their order: the gradient of a gather. `stride` bytes
 * lead from row to row, of the table as of x.
 */
export function scatterAddRows(table: usize, indices: usize, x: usize, rows: i32, width: i32, stride: usize): void {
  for (let i = 0; i < rows; i++, x += stride, indices += 4) {
    const row = table + <usize>load<u32>(indices) * stride;
    add(row, row, x, width);
  }
}

/** Zeros in x (rows, width), `stride` bytes from row to row. */
export function clearRows(x: usize, rows: i32, width: i32, stride: usize): void {
  const bytes = (<usize>width) << 2;
  if (bytes == stride) memory.fill(x, 0, <usize>rows * bytes);
  else for (let i = 0; i < rows; i++, x += stride) memory.fill(x, 0, bytes);
}

/** result[j] = Σᵢ x[i][j] for x (rows, width), `stride` bytes from row to row: the gradient of a bias. */
export function sumRows(result: usize, x: usize, rows: i32, width: i32, stride: usize): void {
  memory.fill(result, 0, (<usize>width) << 2);
  for (let i = 0; i < rows; i++, x += stride) add(result, result, x, width);
}
