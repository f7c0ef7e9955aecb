import { test } from "vitest";
import { expectIdentical, expectWithin } from "./comparison.ts";
import { UNIT_ROUNDOFF } from "./float32.ts";
import { COUNTS, randomFloats } from "./inputs.ts";
import { clearRoom, expectOnlyWritten, kernels, type Operand, placeMatrix, placeResult } from "./kernel-module.ts";

const ROW_COUNTS = [0, 1, 2, 3, 7, 40];

test("sumRows: within rounding of float64, in the bits of a plain loop over the rows; nothing else is written", () => {
  for (const rows of ROW_COUNTS) {
    for (const width of COUNTS) {
      const values = randomFloats(rows * width, 1);
      const result = sumOfRows(values, rows, width);
      const exact = new Float64Array(width);
      const magnitude = new Float64Array(width);
      for (let i = 0; i < values.length; i++) {
        exact[i % width]! += values[i]!;
        magnitude[i % width]! += Math.abs(values[i]!);
      }
      expectWithin(result, exact, (j) => rows * UNIT_ROUNDOFF * magnitude[j]!);
      expectIdentical(result, sumsInOrder(values, width));
    }
  }
});

test("sumRows: NaN and ±Inf stay in their column", () => {
  const rows = 5;
  const width = 7;
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    for (let index = 0; index < rows * width; index++) {
      const values = randomFloats(rows * width, 1).map((finite, i) => (i === index ? value : finite));
      expectIdentical(sumOfRows(values, rows, width), sumsInOrder(values, width));
    }
  }
});

function sumOfRows(values: Float32Array, rows: number, width: number): Operand {
  clearRoom();
  const x = placeMatrix("x", rows, width, width, values);
  const result = placeResult(`sum of ${rows} rows of ${width}`, width);
  kernels.sumRows(result.address, x.address, rows, width, 4 * width);
  expectOnlyWritten(result);
  return result;
}

function sumsInOrder(values: Float32Array, width: number): Float32Array {
  const sums = new Float32Array(width);
  for (let i = 0; i < values.length; i++) sums[i % width]! += values[i]!;
  return sums;
}
