/**
 * Register tiles: the sums of one or two rows of C over some columns, kept in registers while k goes past.
 *
 * They are written for V8, which has fifteen registers to give and of which each instruction counts: the processor could multiply
 * and add more than it is told to. Two rows of 20 columns are ten sums, two broadcasts of A, a vector of B and a product on its way
 * to its sum; each vector of B is read, used for both rows and forgotten: 34 instructions for 20 operations on vectors. One row takes
 * 40 columns, so that ten sums hide the latency of the addition. What keeps it so:
 *
 * - The loop has its test at the start. At its end, V8 would load all of B's vectors first, run out of registers and go through
 *   memory. For the same reason k is not unrolled.
 * - Pointers move before they are used, so that V8 knows them to be 32 bits wide and does not widen them anew.
 * - Sums are stored in the order in which they are added to.
 * - The functions that hold the loops are large, so that they are not made part of loops elsewhere.
 *
 * Strides and steps in bytes: `steps` is k times `bStride`. C's rows are read and written as far as the tile's width, but up to 12
 * bytes more are read, as of B's.
 */

import { multiplyAdd, storeUpTo4 } from "./simd.ts";

/** Columns of the widest tile of two rows. */
export const TILE_WIDTH = 20;

/** Each number of vectors is a loop of its own: `vectors` must be a constant, and the functions are inlined. */
class Tile {
  @inline
  static twoRows(
    vectors: i32,
    c: usize,
    cStride: usize,
    a: usize,
    aRowStride: usize,
    aStepStride: usize,
    b: usize,
    bStride: usize,
    steps: usize,
    accumulate: bool,
    width: i32,
  ): void {
    const c1 = c + cStride;
    let s00 = f32x4.splat(0);
    let s01 = f32x4.splat(0);
    let s02 = f32x4.splat(0);
    let s03 = f32x4.splat(0);
    let s04 = f32x4.splat(0);
    let s10 = f32x4.splat(0);
    let s11 = f32x4.splat(0);
    let s12 = f32x4.splat(0);
    let s13 = f32x4.splat(0);
    let s14 = f32x4.splat(0);
    if (accumulate) {
      s00 = v128.load(c);
      s10 = v128.load(c1);
      if (vectors > 1) {
        s01 = v128.load(c, 16);
        s11 = v128.load(c1, 16);
      }
      if (vectors > 2) {
        s02 = v128.load(c, 32);
        s12 = v128.load(c1, 32);
      }
      if (vectors > 3) {
        s03 = v128.load(c, 48);
        s13 = v128.load(c1, 48);
      }
      if (vectors > 4) {
        s04 = v128.load(c, 64);
        s14 = v128.load(c1, 64);
      }
    }
    a -= aStepStride;
    b -= bStride;
    for (const last = b + steps; b != last; ) {
      a += aStepStride;
      b += bStride;
      const x0 = v128.load32_splat(a);
      const x1 = v128.load32_splat(a + aRowStride);
      let y = v128.load(b);
      s00 = multiplyAdd(x0, y, s00);
      s10 = multiplyAdd(x1, y, s10);
      if (vectors > 1) {
        y = v128.load(b, 16);
        s01 = multiplyAdd(x0, y, s01);
        s11 = multiplyAdd(x1, y, s11);
      }
      if (vectors > 2) {
        y = v128.load(b, 32);
        s02 = multiplyAdd(x0, y, s02);
        s12 = multiplyAdd(x1, y, s12);
      }
      if (vectors > 3) {
        y = v128.load(b, 48);
        s03 = multiplyAdd(x0, y, s03);
        s13 = multiplyAdd(x1, y, s13);
      }
      if (vectors > 4) {
        y = v128.load(b, 64);
        s04 = multiplyAdd(x0, y, s04);
        s14 = multiplyAdd(x1, y, s14);
      }
    }
    if (vectors > 1) {
      v128.store(c, s00);
      v128.store(c1, s10);
    } else if (vectors == 1) {
      storeUpTo4(c, s00, width);
      storeUpTo4(c1, s10, width);
    }
    if (vectors > 2) {
      v128.store(c, s01, 16);
      v128.store(c1, s11, 16);
    } else if (vectors == 2) {
      storeUpTo4(c + 16, s01, width - 4);
      storeUpTo4(c1 + 16, s11, width - 4);
    }
    if (vectors > 3) {
      v128.store(c, s02, 32);
      v128.store(c1, s12, 32);
    } else if (vectors == 3) {
      storeUpTo4(c + 32, s02, width - 8);
      storeUpTo4(c1 + 32, s12, width - 8);
    }
    if (vectors > 4) {
      v128.store(c, s03, 48);
      v128.store(c1, s13, 48);
    } else if (vectors == 4) {
      storeUpTo4(c + 48, s03, width - 12);
      storeUpTo4(c1 + 48, s13, width - 12);
    }
    if (vectors == 5) {
      storeUpTo4(c + 64, s04, width - 16);
      storeUpTo4(c1 + 64, s14, width - 16);
    }
  }

  @inline
  static oneRow(
    vectors: i32,
    c: usize,
    a: usize,
    aStepStride: usize,
    b: usize,
    bStride: usize,
    second: usize,
    steps: usize,
    accumulate: bool,
    width: i32,
  ): void {
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    let s4 = f32x4.splat(0);
    let s5 = f32x4.splat(0);
    let s6 = f32x4.splat(0);
    let s7 = f32x4.splat(0);
    let s8 = f32x4.splat(0);
    let s9 = f32x4.splat(0);
    if (accumulate) {
      s0 = v128.load(c);
      if (vectors > 1) s1 = v128.load(c, 16);
      if (vectors > 2) s2 = v128.load(c, 32);
      if (vectors > 3) s3 = v128.load(c, 48);
      if (vectors > 4) s4 = v128.load(c, 64);
      if (vectors > 5) s5 = v128.load(c, 80);
      if (vectors > 6) s6 = v128.load(c, 96);
      if (vectors > 7) s7 = v128.load(c, 112);
      if (vectors > 8) s8 = v128.load(c, 128);
      if (vectors > 9) s9 = v128.load(c, 144);
    }
    a -= aStepStride;
    b -= bStride;
    for (const last = b + steps; b != last; ) {
      a += aStepStride;
      b += bStride;
      const x = v128.load32_splat(a);
      s0 = multiplyAdd(x, v128.load(b), s0);
      if (vectors > 1) s1 = multiplyAdd(x, v128.load(b, 16), s1);
      if (vectors > 2) s2 = multiplyAdd(x, v128.load(b, 32), s2);
      if (vectors > 3) s3 = multiplyAdd(x, v128.load(b, 48), s3);
      if (vectors > 4) s4 = multiplyAdd(x, v128.load(b, 64), s4);
      if (vectors > 5) s5 = multiplyAdd(x, v128.load(b + second), s5);
      if (vectors > 6) s6 = multiplyAdd(x, v128.load(b + second, 16), s6);
      if (vectors > 7) s7 = multiplyAdd(x, v128.load(b + second, 32), s7);
      if (vectors > 8) s8 = multiplyAdd(x, v128.load(b + second, 48), s8);
      if (vectors > 9) s9 = multiplyAdd(x, v128.load(b + second, 64), s9);
    }
    if (vectors > 1) v128.store(c, s0);
    else if (vectors == 1) storeUpTo4(c, s0, width);
    if (vectors > 2) v128.store(c, s1, 16);
    else if (vectors == 2) storeUpTo4(c + 16, s1, width - 4);
    if (vectors > 3) v128.store(c, s2, 32);
    else if (vectors == 3) storeUpTo4(c + 32, s2, width - 8);
    if (vectors > 4) v128.store(c, s3, 48);
    else if (vectors == 4) storeUpTo4(c + 48, s3, width - 12);
    if (vectors > 5) v128.store(c, s4, 64);
    else if (vectors == 5) storeUpTo4(c + 64, s4, width - 16);
    if (vectors > 6) v128.store(c, s5, 80);
    else if (vectors == 6) storeUpTo4(c + 80, s5, width - 20);
    if (vectors > 7) v128.store(c, s6, 96);
    else if (vectors == 7) storeUpTo4(c + 96, s6, width - 24);
    if (vectors > 8) v128.store(c, s7, 112);
    else if (vectors == 8) storeUpTo4(c + 112, s7, width - 28);
    if (vectors > 9) v128.store(c, s8, 128);
    else if (vectors == 9) storeUpTo4(c + 128, s8, width - 32);
    if (vectors == 10) storeUpTo4(c + 144, s9, width - 36);
  }
}

/** Two rows of C, `width` (1 to TILE_WIDTH) columns. */
export function twoRowTile(
  c: usize,
  cStride: usize,
  a: usize,
  aRowStride: usize,
  aStepStride: usize,
  b: usize,
  bStride: usize,
  steps: usize,
  accumulate: bool,
  width: i32,
): void {
  if (width > 16) Tile.twoRows(5, c, cStride, a, aRowStride, aStepStride, b, bStride, steps, accumulate, width);
  else if (width > 12) Tile.twoRows(4, c, cStride, a, aRowStride, aStepStride, b, bStride, steps, accumulate, width);
  else if (width > 8) Tile.twoRows(3, c, cStride, a, aRowStride, aStepStride, b, bStride, steps, accumulate, width);
  else if (width > 4) Tile.twoRows(2, c, cStride, a, aRowStride, aStepStride, b, bStride, steps, accumulate, width);
  else Tile.twoRows(1, c, cStride, a, aRowStride, aStepStride, b, bStride, steps, accumulate, width);
}

/** One row of C, `width` (1 to twice TILE_WIDTH) columns, of which B's beyond TILE_WIDTH stand `second` bytes behind the first. */
export function oneRowTile(
  c: usize,
  a: usize,
  aStepStride: usize,
  b: usize,
  bStride: usize,
  second: usize,
  steps: usize,
  accumulate: bool,
  width: i32,
): void {
  if (width > 36) Tile.oneRow(10, c, a, aStepStride, b, bStride, second, steps, accumulate, width);
  else if (width > 32) Tile.oneRow(9, c, a, aStepStride, b, bStride, second, steps, accumulate, width);
  else if (width > 28) Tile.oneRow(8, c, a, aStepStride, b, bStride, second, steps, accumulate, width);
  else if (width > 24) Tile.oneRow(7, c, a, aStepStride, b, bStride, second, steps, accumulate, width);
  else if (width > 20) Tile.oneRow(6, c, a, aStepStride, b, bStride, second, steps, accumulate, width);
  else if (width > 16) Tile.oneRow(5, c, a, aStepStride, b, bStride, second, steps, accumulate, width);
  else if (width > 12) Tile.oneRow(4, c, a, aStepStride, b, bStride, second, steps, accumulate, width);
  else if (width > 8) Tile.oneRow(3, c, a, aStepStride, b, bStride, second, steps, accumulate, width);
  else if (width > 4) Tile.oneRow(2, c, a, aStepStride, b, bStride, second, steps, accumulate, width);
  else Tile.oneRow(1, c, a, aStepStride, b, bStride, second, steps, accumulate, width);
}
