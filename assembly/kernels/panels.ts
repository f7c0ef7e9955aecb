/**
 * The product of matmul.ts, to the bit, for factors that do not fit the nearest cache: C (M, N) = initial + A (M, K) · B (K, N)
 * with B in panels, copied once and used for many rows.
 *
 *   panel p (K, 20): columns 20p … 20p + 19 of B, one row after the other; the last panel is filled up with zeros
 *
 * A panel's part of 256 steps (20 KB) stays in the nearest cache while 48 rows of A go past it, and these rows' part in the next
 * cache while all panels do. Every element is still summed over k in one order: a sum that is cut at 256 goes on from what was
 * stored.
 *
 * A's rows may be contiguous or, for Aᵀ, its columns. Four rows at a time, two register tiles (tiles.ts), they are copied side by side,
 *
 *   tile (steps, 4): rows 4i … 4i + 3 of A, one step after the other
 *
 * which keeps strides of whole pages from falling into the same few lines of a cache. What four leave over is read where it is.
 */

import { singleRow } from "./matmul.ts";
import { TILE_WIDTH, twoRowTile } from "./tiles.ts";

/** Columns of a panel. */
export const PANEL_WIDTH = TILE_WIDTH;
const WIDTH = PANEL_WIDTH;
/** Bytes of a row of a panel. */
const ROW: usize = 4 * PANEL_WIDTH;
const STEPS_AT_A_TIME = 256;
const ROWS_AT_A_TIME = 48;
const TILE_ROWS = 4;
/** Bytes of a step of a tile. */
const TILE_STEP: usize = 16;
/** Bytes that `matmulPanels` needs to copy rows into. */
export const TILE_BYTES: usize = 4 * STEPS_AT_A_TIME * ROWS_AT_A_TIME;

/** What n columns come to in whole panels: the panels of B (k, n) take k times as many floats. */
export function panelWidth(n: i32): i32 {
  return ((n + WIDTH - 1) / WIDTH) * WIDTH;
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
        v128.store(panels, v128.load(source, 32), 32);
        v128.store(panels, v128.load(source, 48), 48);
        v128.store(panels, v128.load(source, 64), 64);
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
  const whole = k & ~3;
  for (let column = 0; column < n; column += WIDTH, panels += panelBytes) {
    const width = min(n - column, WIDTH);
    const source = w + <usize>column * stride;
    let step = 0;
    if (width == WIDTH) {
      for (let block: usize = 0; block < ROW; block += 16) {
        const from = source + (block >> 2) * stride;
        for (step = 0; step < whole; step += 4) {
          block4x4(panels + <usize>step * ROW + block, ROW, from + ((<usize>step) << 2), stride);
        }
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
    rest(c, cStride, a, aRowStride, aStepStride, panels, panelBytes, m, n, k, accumulate);
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

/** Tiles of A's rows where its columns are contiguous: four tiles at a time, so that each line of a cache is fetched once. */
function packColumns(tiles: usize, a: usize, stride: usize, rows: i32, steps: i32): void {
  const tileBytes = <usize>steps * TILE_STEP;
  let row = 0;
  for (; row + 4 * TILE_ROWS <= rows; row += 4 * TILE_ROWS, a += 4 * TILE_STEP) {
    let tile1 = tiles + tileBytes;
    let tile2 = tile1 + tileBytes;
    let tile3 = tile2 + tileBytes;
    let source = a;
    for (const end = tile1; tiles < end; source += stride) {
      v128.store(tiles, v128.load(source));
      v128.store(tile1, v128.load(source, 16));
      v128.store(tile2, v128.load(source, 32));
      v128.store(tile3, v128.load(source, 48));
      tiles += TILE_STEP;
      tile1 += TILE_STEP;
      tile2 += TILE_STEP;
      tile3 += TILE_STEP;
    }
    tiles = tile3;
  }
  for (; row < rows; row += TILE_ROWS, a += TILE_STEP) {
    let source = a;
    for (const end = tiles + tileBytes; tiles < end; source += stride, tiles += TILE_STEP) {
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
    const width = min(n - column, WIDTH);
    let cTile = c + ((<usize>column) << 2);
    let tile = tiles;
    for (let row = 0; row < rows; row += TILE_ROWS, tile += tileBytes) {
      twoRowTile(cTile, cStride, tile, 4, TILE_STEP, panel, ROW, steps, accumulate, width);
      cTile += 2 * cStride;
      twoRowTile(cTile, cStride, tile + 8, 4, TILE_STEP, panel, ROW, steps, accumulate, width);
      cTile += 2 * cStride;
    }
  }
}

/** All columns of rows that are read where they are: one to three, or any number of no steps. */
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
  let row = 0;
  for (; row + 2 <= rows; row += 2) {
    let cTile = c + <usize>row * cStride;
    let panel = panels;
    const aRow = a + <usize>row * aRowStride;
    for (let column = 0; column < n; column += WIDTH, cTile += ROW, panel += panelBytes) {
      const width = min(n - column, WIDTH);
      twoRowTile(cTile, cStride, aRow, aRowStride, aStepStride, panel, ROW, steps, accumulate, width);
    }
  }
  // a last one goes along all panels
  if (row == rows) return;
  const aRow = a + <usize>row * aRowStride;
  singleRow(c + <usize>row * cStride, aRow, aStepStride, panels, ROW, panelBytes, n, steps, accumulate);
}
