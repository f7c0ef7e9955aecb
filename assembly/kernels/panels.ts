/**
 * The product of matmul.ts, to the bit, for factors that do not fit the nearest cache: C (M, N) = initial + A (M, K) · B (K, N)
 * with B in panels, copied once and used for many rows.
 *
 *   panel p (K, 8): columns 8p … 8p + 7 of B, one row after the other; the last panel is filled up with zeros
 *
 * A panel's part of 256 steps (8 KB) stays in the nearest cache while 48 rows of A go past it, and these rows' part in the next
 * cache while all panels do. Every element is still summed over k in one order: a sum that is cut at 256 goes on from what was
 * stored.
 *
 * A's rows may be contiguous or, for Aᵀ, its columns. Four rows at a time they are copied side by side,
 *
 *   tile (steps, 4): rows 4i … 4i + 3 of A, one step after the other
 *
 * which gives the inner loop one pointer with constant offsets, and keeps strides of whole pages from falling into the same few
 * lines of a cache. What four leave over is read where it is.
 */

import { packedTile4x8, singleRow, tile1x4, tile2x8, tile2x16, tile4x4 } from "./matmul.ts";

/** Columns of a panel. */
export const PANEL_WIDTH = 8;
const WIDTH = PANEL_WIDTH;
/** Bytes of a row of a panel. */
const ROW: usize = 32;
const STEPS_AT_A_TIME = 256;
const ROWS_AT_A_TIME = 48;
const TILE_ROWS = 4;
/** Bytes of a step of a tile. */
const TILE_STEP: usize = 16;
/** Bytes that `matmulPanels` needs to copy rows into. */
export const TILE_BYTES: usize = 4 * STEPS_AT_A_TIME * ROWS_AT_A_TIME;

/** What n columns come to in whole panels: the panels of B (k, n) take k times as many floats. */
export function panelWidth(n: i32): i32 {
  return (n + WIDTH - 1) & -WIDTH;
}

/** The panels of B (k, n), `stride` bytes from row to row. */
export function packPanels(panels: usize, b: usize, stride: usize, k: i32, n: i32): void {
  for (let column = 0; column < n; column += WIDTH) {
    const width = min(n - column, WIDTH);
    let source = b + ((<usize>column) << 2);
    for (const end = source + <usize>k * stride; source < end; source += stride, panels += ROW) {
      if (width == WIDTH) {
        v128.store(panels, v128.load(source));
        v128.store(panels, v128.load(source, 16), 16);
      } else {
        packEdge(panels, source, 4, width);
      }
    }
  }
}

/** The panels of B = Wᵀ for W (n, k), whose rows are contiguous. */
export function packTransposedPanels(panels: usize, w: usize, k: i32, n: i32): void {
  const stride = (<usize>k) << 2;
  const panelBytes = <usize>k * ROW;
  for (let column = 0; column < n; column += WIDTH, panels += panelBytes) {
    const width = min(n - column, WIDTH);
    const source = w + <usize>column * stride;
    let step = 0;
    if (width == WIDTH) {
      for (; step + 4 <= k; step += 4) {
        const from = source + ((<usize>step) << 2);
        const to = panels + <usize>step * ROW;
        block4x4(to, ROW, from, stride);
        block4x4(to + 16, ROW, from + 4 * stride, stride);
      }
    }
    for (; step < k; step++) packEdge(panels + <usize>step * ROW, source + ((<usize>step) << 2), stride, width);
  }
}

/** target = sourceᵀ, both 4 × 4, through eight shuffles. */
function block4x4(target: usize, targetStride: usize, source: usize, sourceStride: usize): void {
  const row0 = v128.load(source);
  const row1 = v128.load(source + sourceStride);
  const row2 = v128.load(source + 2 * sourceStride);
  const row3 = v128.load(source + 3 * sourceStride);
  const low01 = v128.shuffle<f32>(row0, row1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(row0, row1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(row2, row3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(row2, row3, 2, 6, 3, 7);
  v128.store(target, v128.shuffle<f64>(low01, low23, 0, 2));
  v128.store(target + targetStride, v128.shuffle<f64>(low01, low23, 1, 3));
  v128.store(target + 2 * targetStride, v128.shuffle<f64>(high01, high23, 0, 2));
  v128.store(target + 3 * targetStride, v128.shuffle<f64>(high01, high23, 1, 3));
}

/** One row of a panel from `width` floats, `stride` bytes from one to the next; zeros behind them. */
function packEdge(row: usize, source: usize, stride: usize, width: i32): void {
  for (let j = 0; j < WIDTH; j++) {
    const value: f32 = j < width ? load<f32>(source + <usize>j * stride) : 0;
    store<f32>(row + ((<usize>j) << 2), value);
  }
}

/**
 * Strides in bytes; A's rows are contiguous (aStepStride = 4) or its columns are (aRowStride = 4); m, n ≥ 1, k ≥ 0. `tiles` is
 * room of TILE_BYTES, needed for m ≥ 4. Reads up to 12 bytes behind a row of C, writes only C and `tiles`.
 */
export function matmulPanels(
  c: usize,
  cStride: usize,
  a: usize,
  aRowStride: usize,
  aStepStride: usize,
  panels: usize,
  m: i32,
  n: i32,
  k: i32,
  accumulate: bool,
  tiles: usize,
): void {
  const panelBytes = <usize>k * ROW;
  if (m < TILE_ROWS || k == 0) {
    for (let row = 0; row < m; row++) {
      const aRow = a + <usize>row * aRowStride;
      singleRow(c + <usize>row * cStride, aRow, aStepStride, panels, ROW, panelBytes, n, <usize>k * ROW, accumulate);
    }
    return;
  }
  let step = 0;
  do {
    const steps = min(k - step, STEPS_AT_A_TIME);
    const onTop = accumulate || step > 0;
    const panelsOfSteps = panels + <usize>step * ROW;
    for (let row = 0; row < m; row += ROWS_AT_A_TIME) {
      const rows = min(m - row, ROWS_AT_A_TIME);
      const cBlock = c + <usize>row * cStride;
      const aBlock = a + <usize>row * aRowStride + <usize>step * aStepStride;
      const tiled = rows - (rows % TILE_ROWS);
      if (aStepStride == 4) packRows(tiles, aBlock, aRowStride, tiled, steps);
      else packColumns(tiles, aBlock, aStepStride, tiled, steps);
      block(cBlock, cStride, tiles, panelsOfSteps, panelBytes, tiled, n, steps, onTop);
      if (tiled == rows) continue;
      const cRest = cBlock + <usize>tiled * cStride;
      const aRest = aBlock + <usize>tiled * aRowStride;
      rest(cRest, cStride, aRest, aRowStride, aStepStride, panelsOfSteps, panelBytes, rows - tiled, n, steps, onTop);
    }
    step += STEPS_AT_A_TIME;
  } while (step < k);
}

/** Tiles of A's rows, which are contiguous. */
function packRows(tiles: usize, a: usize, stride: usize, rows: i32, steps: i32): void {
  for (let row = 0; row < rows; row += TILE_ROWS, a += <usize>TILE_ROWS * stride) {
    let source = a;
    let step = 0;
    for (; step + 4 <= steps; step += 4, source += 16, tiles += 4 * TILE_STEP) {
      block4x4(tiles, TILE_STEP, source, stride);
    }
    for (; step < steps; step++, source += 4, tiles += TILE_STEP) {
      store<f32>(tiles, load<f32>(source));
      store<f32>(tiles, load<f32>(source + stride), 4);
      store<f32>(tiles, load<f32>(source + 2 * stride), 8);
      store<f32>(tiles, load<f32>(source + 3 * stride), 12);
    }
  }
}

/** Tiles of A's rows where its columns are contiguous. */
function packColumns(tiles: usize, a: usize, stride: usize, rows: i32, steps: i32): void {
  for (let row = 0; row < rows; row += TILE_ROWS, a += (<usize>TILE_ROWS) << 2) {
    let source = a;
    for (const end = source + <usize>steps * stride; source < end; source += stride, tiles += TILE_STEP) {
      v128.store(tiles, v128.load(source));
    }
  }
}

/** All columns of the rows in tiles, over a block of steps. */
function block(
  c: usize,
  cStride: usize,
  tiles: usize,
  panel: usize,
  panelBytes: usize,
  rows: i32,
  n: i32,
  k: i32,
  accumulate: bool,
): void {
  const steps = <usize>k * ROW;
  const tileBytes = <usize>k * TILE_STEP;
  for (let column = 0; column < n; column += WIDTH, panel += panelBytes) {
    const width = n - column;
    let cTile = c + ((<usize>column) << 2);
    let tile = tiles;
    for (let row = 0; row < rows; row += TILE_ROWS, tile += tileBytes, cTile += <usize>TILE_ROWS * cStride) {
      if (width >= WIDTH) {
        packedTile4x8(cTile, cStride, tile, panel, steps, accumulate);
      } else {
        tile4x4(cTile, cStride, tile, 4, TILE_STEP, panel, ROW, steps, accumulate, min(width, 4));
        if (width > 4) {
          tile4x4(cTile + 16, cStride, tile, 4, TILE_STEP, panel + 16, ROW, steps, accumulate, width - 4);
        }
      }
    }
  }
}

/** All columns of the one to three rows that tiles leave over. */
function rest(
  c: usize,
  cStride: usize,
  a: usize,
  aRowStride: usize,
  aStepStride: usize,
  panels: usize,
  panelBytes: usize,
  rows: i32,
  n: i32,
  k: i32,
  accumulate: bool,
): void {
  const steps = <usize>k * ROW;
  if (rows >= 2) twoRows(c, cStride, a, aRowStride, aStepStride, panels, panelBytes, n, steps, accumulate);
  // the last of an odd number of rows goes along all panels
  if (rows & 1) {
    const row = <usize>(rows - 1);
    singleRow(c + row * cStride, a + row * aRowStride, aStepStride, panels, ROW, panelBytes, n, steps, accumulate);
  }
}

function twoRows(
  c: usize,
  cStride: usize,
  a: usize,
  aRowStride: usize,
  aStepStride: usize,
  panel: usize,
  panelBytes: usize,
  n: i32,
  steps: usize,
  accumulate: bool,
): void {
  let left = n;
  for (; left >= 2 * WIDTH; left -= 2 * WIDTH, c += 2 * ROW, panel += 2 * panelBytes) {
    tile2x16(c, cStride, a, aRowStride, aStepStride, panel, ROW, panelBytes, steps, accumulate);
  }
  if (left >= WIDTH) {
    tile2x8(c, cStride, a, aRowStride, aStepStride, panel, ROW, steps, accumulate);
    left -= WIDTH;
    c += ROW;
    panel += panelBytes;
  }
  if (left == 0) return;
  edge(c, a, aStepStride, panel, steps, accumulate, left);
  edge(c + cStride, a + aRowStride, aStepStride, panel, steps, accumulate, left);
}

/** One row of a panel's first `width` (1 to 7) columns. */
function edge(c: usize, a: usize, aStepStride: usize, panel: usize, steps: usize, accumulate: bool, width: i32): void {
  tile1x4(c, a, aStepStride, panel, ROW, steps, accumulate, min(width, 4));
  if (width > 4) tile1x4(c + 16, a, aStepStride, panel + 16, ROW, steps, accumulate, width - 4);
}
