/** Products of a row-major matrix W (rows, columns) with vectors that lie in larger arrays, in the plainest loops. */

import type { FloatArray } from "../core/engine.ts";

/** y[i] += Σⱼ W[i][j]·x[j] */
export function addProduct(
  y: FloatArray,
  yStart: number,
  w: FloatArray,
  rows: number,
  columns: number,
  x: FloatArray,
  xStart: number,
): void {
  for (let i = 0; i < rows; i++) {
    let sum = y[yStart + i]!;
    const row = i * columns;
    for (let j = 0; j < columns; j++) sum += w[row + j]! * x[xStart + j]!;
    y[yStart + i] = sum;
  }
}

/** x[j] += Σᵢ W[i][j]·y[i]: the gradient at x of what has gradient y at W x. */
export function addTransposedProduct(
  x: FloatArray,
  xStart: number,
  w: FloatArray,
  rows: number,
  columns: number,
  y: FloatArray,
  yStart: number,
): void {
  for (let i = 0; i < rows; i++) {
    const factor = y[yStart + i]!;
    const row = i * columns;
    for (let j = 0; j < columns; j++) x[xStart + j] = x[xStart + j]! + factor * w[row + j]!;
  }
}

/** W[i][j] += y[i]·x[j]: the gradient at W. */
export function addOuterProduct(
  w: FloatArray,
  rows: number,
  columns: number,
  y: FloatArray,
  yStart: number,
  x: FloatArray,
  xStart: number,
): void {
  for (let i = 0; i < rows; i++) {
    const factor = y[yStart + i]!;
    const row = i * columns;
    for (let j = 0; j < columns; j++) w[row + j] = w[row + j]! + factor * x[xStart + j]!;
  }
}

/** y[i] += x[i] for i < count. */
export function addVector(y: FloatArray, yStart: number, x: FloatArray, xStart: number, count: number): void {
  for (let i = 0; i < count; i++) y[yStart + i] = y[yStart + i]! + x[xStart + i]!;
}
