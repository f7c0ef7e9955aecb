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
 * Register tile 4 × 8: eight sums, two vectors of B, four broadcasts of A and a product on its way to its sum fill the fifteen
 * registers that V8 has to give; one row more, and sums go through memory, at half the speed. A single row takes 1 × 32, so that
 * eight sums hide the latency of the addition. k is not unrolled: V8 then keeps too much at once as well.
 *
 * NaN and ±Inf go where IEEE arithmetic sends them. C must not overlap A or B.
 */

import { multiplyAdd, storePartial } from "./simd.ts";

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
  let row = 0;
  // tiles take at least one step
  for (; k > 0 && row + 4 <= m; row += 4) {
    const aRow = a + <usize>row * aRowStride;
    const cRow = c + <usize>row * cStride;
    let column = 0;
    for (; column + 8 <= n; column += 8) {
      const offset = (<usize>column) << 2;
      tile4x8(cRow + offset, cStride, aRow, aRowStride, aStepStride, b + offset, bStride, steps, accumulate);
    }
    for (; column < n; column += 4) {
      const offset = (<usize>column) << 2;
      const width = min(n - column, 4);
      tile4x4(cRow + offset, cStride, aRow, aRowStride, aStepStride, b + offset, bStride, steps, accumulate, width);
    }
  }
  for (; row < m; row++) {
    const aRow = a + <usize>row * aRowStride;
    singleRow(c + <usize>row * cStride, aRow, aStepStride, b, bStride, GROUP, n, steps, accumulate);
  }
}

/** Bytes from eight columns to the next eight in a plain row. */
const GROUP: usize = 32;

/**
 * One row of C. B's columns come in groups of eight, `groupStride` bytes apart: GROUP in plain rows, a panel's size in panels.
 * Passes are wide, so that sums enough are under way to hide the latency of the addition.
 */
export function singleRow(
  c: usize,
  a: usize,
  aStepStride: usize,
  b: usize,
  bStride: usize,
  groupStride: usize,
  n: i32,
  steps: usize,
  accumulate: bool,
): void {
  let left = n;
  const pass = groupStride << 2;
  for (; left >= 64; left -= 32, c += 128, b += pass) {
    tile1x32(c, a, aStepStride, b, bStride, groupStride, steps, accumulate);
  }
  // a second call: with a single caller the tile would become part of it, and V8 then lacks registers for its loop
  if (left >= 32) {
    tile1x32(c, a, aStepStride, b, bStride, groupStride, steps, accumulate);
    left -= 32;
    c += 128;
    b += pass;
  }
  if (left >= 16) {
    tile1x16(c, a, aStepStride, b, bStride, groupStride, steps, accumulate);
    left -= 16;
    c += 64;
    b += groupStride << 1;
  }
  if (left >= 8) {
    tile1x8(c, a, aStepStride, b, bStride, steps, accumulate);
    left -= 8;
    c += 32;
    b += groupStride;
  }
  if (left > 0) tile1x4(c, a, aStepStride, b, bStride, steps, accumulate, min(left, 4));
  if (left > 4) tile1x4(c + 16, a, aStepStride, b + 16, bStride, steps, accumulate, left - 4);
}

function tile4x8(
  c: usize,
  cStride: usize,
  a: usize,
  aRowStride: usize,
  aStepStride: usize,
  b: usize,
  bStride: usize,
  steps: usize,
  accumulate: bool,
): void {
  const c1 = c + cStride;
  const c2 = c1 + cStride;
  const c3 = c2 + cStride;
  const zero = f32x4.splat(0);
  let s00 = zero;
  let s01 = zero;
  let s10 = zero;
  let s11 = zero;
  let s20 = zero;
  let s21 = zero;
  let s30 = zero;
  let s31 = zero;
  if (accumulate) {
    s00 = v128.load(c);
    s01 = v128.load(c, 16);
    s10 = v128.load(c1);
    s11 = v128.load(c1, 16);
    s20 = v128.load(c2);
    s21 = v128.load(c2, 16);
    s30 = v128.load(c3);
    s31 = v128.load(c3, 16);
  }
  const row2 = aRowStride << 1;
  const row3 = row2 + aRowStride;
  const end = b + steps;
  do {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    s00 = multiplyAdd(x, b0, s00);
    s01 = multiplyAdd(x, b1, s01);
    x = v128.load32_splat(a + aRowStride);
    s10 = multiplyAdd(x, b0, s10);
    s11 = multiplyAdd(x, b1, s11);
    x = v128.load32_splat(a + row2);
    s20 = multiplyAdd(x, b0, s20);
    s21 = multiplyAdd(x, b1, s21);
    x = v128.load32_splat(a + row3);
    s30 = multiplyAdd(x, b0, s30);
    s31 = multiplyAdd(x, b1, s31);
    a += aStepStride;
    b += bStride;
  } while (b < end);
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
}

/**
 * The same for rows of A that were copied side by side, step after step of four floats, and a panel of B (panels.ts); steps > 0.
 * With constants for strides and the test at the loop's end, V8 works out the addresses before the loop: a twelfth faster, and an
 * eighth with fused multiply-add.
 */
export function packedTile4x8(c: usize, cStride: usize, a: usize, b: usize, steps: usize, accumulate: bool): void {
  const c1 = c + cStride;
  const c2 = c1 + cStride;
  const c3 = c2 + cStride;
  const zero = f32x4.splat(0);
  let s00 = zero;
  let s01 = zero;
  let s10 = zero;
  let s11 = zero;
  let s20 = zero;
  let s21 = zero;
  let s30 = zero;
  let s31 = zero;
  if (accumulate) {
    s00 = v128.load(c);
    s01 = v128.load(c, 16);
    s10 = v128.load(c1);
    s11 = v128.load(c1, 16);
    s20 = v128.load(c2);
    s21 = v128.load(c2, 16);
    s30 = v128.load(c3);
    s31 = v128.load(c3, 16);
  }
  const end = b + steps;
  do {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    s00 = multiplyAdd(x, b0, s00);
    s01 = multiplyAdd(x, b1, s01);
    x = v128.load32_splat(a, 4);
    s10 = multiplyAdd(x, b0, s10);
    s11 = multiplyAdd(x, b1, s11);
    x = v128.load32_splat(a, 8);
    s20 = multiplyAdd(x, b0, s20);
    s21 = multiplyAdd(x, b1, s21);
    x = v128.load32_splat(a, 12);
    s30 = multiplyAdd(x, b0, s30);
    s31 = multiplyAdd(x, b1, s31);
    a += 16;
    b += 32;
  } while (b < end);
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
}

/** Two rows over two panels, `panelBytes` apart: for what four rows leave over. */
export function tile2x16(
  c: usize,
  cStride: usize,
  a: usize,
  aRowStride: usize,
  aStepStride: usize,
  b: usize,
  bStride: usize,
  panelBytes: usize,
  steps: usize,
  accumulate: bool,
): void {
  const c1 = c + cStride;
  const zero = f32x4.splat(0);
  let s00 = zero;
  let s01 = zero;
  let s02 = zero;
  let s03 = zero;
  let s10 = zero;
  let s11 = zero;
  let s12 = zero;
  let s13 = zero;
  if (accumulate) {
    s00 = v128.load(c);
    s01 = v128.load(c, 16);
    s02 = v128.load(c, 32);
    s03 = v128.load(c, 48);
    s10 = v128.load(c1);
    s11 = v128.load(c1, 16);
    s12 = v128.load(c1, 32);
    s13 = v128.load(c1, 48);
  }
  for (const end = b + steps; b < end; b += bStride, a += aStepStride) {
    const x0 = v128.load32_splat(a);
    const x1 = v128.load32_splat(a + aRowStride);
    let y = v128.load(b);
    s00 = multiplyAdd(x0, y, s00);
    s10 = multiplyAdd(x1, y, s10);
    y = v128.load(b, 16);
    s01 = multiplyAdd(x0, y, s01);
    s11 = multiplyAdd(x1, y, s11);
    y = v128.load(b + panelBytes);
    s02 = multiplyAdd(x0, y, s02);
    s12 = multiplyAdd(x1, y, s12);
    y = v128.load(b + panelBytes, 16);
    s03 = multiplyAdd(x0, y, s03);
    s13 = multiplyAdd(x1, y, s13);
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c, s02, 32);
  v128.store(c, s03, 48);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c1, s12, 32);
  v128.store(c1, s13, 48);
}

/** Two rows of a single panel. */
export function tile2x8(
  c: usize,
  cStride: usize,
  a: usize,
  aRowStride: usize,
  aStepStride: usize,
  b: usize,
  bStride: usize,
  steps: usize,
  accumulate: bool,
): void {
  const c1 = c + cStride;
  const zero = f32x4.splat(0);
  let s00 = zero;
  let s01 = zero;
  let s10 = zero;
  let s11 = zero;
  if (accumulate) {
    s00 = v128.load(c);
    s01 = v128.load(c, 16);
    s10 = v128.load(c1);
    s11 = v128.load(c1, 16);
  }
  const end = b + steps;
  do {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    s00 = multiplyAdd(x, b0, s00);
    s01 = multiplyAdd(x, b1, s01);
    x = v128.load32_splat(a + aRowStride);
    s10 = multiplyAdd(x, b0, s10);
    s11 = multiplyAdd(x, b1, s11);
    a += aStepStride;
    b += bStride;
  } while (b < end);
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
}

export function tile4x4(
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
  const c2 = c1 + cStride;
  const c3 = c2 + cStride;
  const zero = f32x4.splat(0);
  let s0 = zero;
  let s1 = zero;
  let s2 = zero;
  let s3 = zero;
  if (accumulate) {
    s0 = v128.load(c);
    s1 = v128.load(c1);
    s2 = v128.load(c2);
    s3 = v128.load(c3);
  }
  const row2 = aRowStride << 1;
  const row3 = row2 + aRowStride;
  const end = b + steps;
  do {
    const b0 = v128.load(b);
    s0 = multiplyAdd(v128.load32_splat(a), b0, s0);
    s1 = multiplyAdd(v128.load32_splat(a + aRowStride), b0, s1);
    s2 = multiplyAdd(v128.load32_splat(a + row2), b0, s2);
    s3 = multiplyAdd(v128.load32_splat(a + row3), b0, s3);
    a += aStepStride;
    b += bStride;
  } while (b < end);
  if (width == 4) {
    v128.store(c, s0);
    v128.store(c1, s1);
    v128.store(c2, s2);
    v128.store(c3, s3);
  } else {
    storePartial(c, s0, width);
    storePartial(c1, s1, width);
    storePartial(c2, s2, width);
    storePartial(c3, s3, width);
  }
}

/** One row, four groups of eight columns. With constant offsets in the loads, for plain rows alone, V8 ran it at 0.6 of the speed. */
function tile1x32(
  c: usize,
  a: usize,
  aStepStride: usize,
  b: usize,
  bStride: usize,
  groupStride: usize,
  steps: usize,
  accumulate: bool,
): void {
  const zero = f32x4.splat(0);
  let s0 = zero;
  let s1 = zero;
  let s2 = zero;
  let s3 = zero;
  let s4 = zero;
  let s5 = zero;
  let s6 = zero;
  let s7 = zero;
  if (accumulate) {
    s0 = v128.load(c);
    s1 = v128.load(c, 16);
    s2 = v128.load(c, 32);
    s3 = v128.load(c, 48);
    s4 = v128.load(c, 64);
    s5 = v128.load(c, 80);
    s6 = v128.load(c, 96);
    s7 = v128.load(c, 112);
  }
  const second = groupStride;
  const third = second + groupStride;
  const fourth = third + groupStride;
  for (const end = b + steps; b < end; b += bStride, a += aStepStride) {
    const x = v128.load32_splat(a);
    s0 = multiplyAdd(x, v128.load(b), s0);
    s1 = multiplyAdd(x, v128.load(b, 16), s1);
    s2 = multiplyAdd(x, v128.load(b + second), s2);
    s3 = multiplyAdd(x, v128.load(b + second, 16), s3);
    s4 = multiplyAdd(x, v128.load(b + third), s4);
    s5 = multiplyAdd(x, v128.load(b + third, 16), s5);
    s6 = multiplyAdd(x, v128.load(b + fourth), s6);
    s7 = multiplyAdd(x, v128.load(b + fourth, 16), s7);
  }
  v128.store(c, s0);
  v128.store(c, s1, 16);
  v128.store(c, s2, 32);
  v128.store(c, s3, 48);
  v128.store(c, s4, 64);
  v128.store(c, s5, 80);
  v128.store(c, s6, 96);
  v128.store(c, s7, 112);
}

function tile1x16(
  c: usize,
  a: usize,
  aStepStride: usize,
  b: usize,
  bStride: usize,
  groupStride: usize,
  steps: usize,
  accumulate: bool,
): void {
  const zero = f32x4.splat(0);
  let s0 = zero;
  let s1 = zero;
  let s2 = zero;
  let s3 = zero;
  if (accumulate) {
    s0 = v128.load(c);
    s1 = v128.load(c, 16);
    s2 = v128.load(c, 32);
    s3 = v128.load(c, 48);
  }
  for (const end = b + steps; b < end; b += bStride, a += aStepStride) {
    const x = v128.load32_splat(a);
    s0 = multiplyAdd(x, v128.load(b), s0);
    s1 = multiplyAdd(x, v128.load(b, 16), s1);
    s2 = multiplyAdd(x, v128.load(b + groupStride), s2);
    s3 = multiplyAdd(x, v128.load(b + groupStride, 16), s3);
  }
  v128.store(c, s0);
  v128.store(c, s1, 16);
  v128.store(c, s2, 32);
  v128.store(c, s3, 48);
}

function tile1x8(
  c: usize,
  a: usize,
  aStepStride: usize,
  b: usize,
  bStride: usize,
  steps: usize,
  accumulate: bool,
): void {
  const zero = f32x4.splat(0);
  let s0 = zero;
  let s1 = zero;
  if (accumulate) {
    s0 = v128.load(c);
    s1 = v128.load(c, 16);
  }
  for (const end = b + steps; b < end; b += bStride, a += aStepStride) {
    const x = v128.load32_splat(a);
    s0 = multiplyAdd(x, v128.load(b), s0);
    s1 = multiplyAdd(x, v128.load(b, 16), s1);
  }
  v128.store(c, s0);
  v128.store(c, s1, 16);
}

export function tile1x4(
  c: usize,
  a: usize,
  aStepStride: usize,
  b: usize,
  bStride: usize,
  steps: usize,
  accumulate: bool,
  width: i32,
): void {
  let s0 = accumulate ? v128.load(c) : f32x4.splat(0);
  for (const end = b + steps; b < end; b += bStride, a += aStepStride) {
    s0 = multiplyAdd(v128.load32_splat(a), v128.load(b), s0);
  }
  if (width == 4) v128.store(c, s0);
  else storePartial(c, s0, width);
}
