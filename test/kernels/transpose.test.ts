import { test } from "vitest";
import { expectIdentical } from "./comparison.ts";
import { randomFloats } from "./inputs.ts";
import {
  clearRoom,
  expectOnlyWritten,
  kernels,
  type Operand,
  placeMatrix,
  placeResultMatrix,
} from "./kernel-module.ts";

const SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 33];

test("transpose: result[j][i] = x[i][j] for any shape, and nothing else is written", () => {
  for (const rows of SIZES) {
    for (const columns of SIZES) {
      clearRoom();
      const x = placeMatrix("x", rows, columns, columns, randomFloats(rows * columns, 1));
      const result = transposeOf(x);
      const { values } = x;
      const expected = values.map((_, at) => values[(at % rows) * columns + Math.floor(at / rows)]!);
      expectIdentical(result, expected);
    }
  }
});

test("transpose: twice is the identity, -0, NaN and ±Inf included", () => {
  for (const [rows, columns] of [
    [4, 4],
    [5, 9],
    [8, 3],
  ] as const) {
    clearRoom();
    const special = [-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const values = randomFloats(rows * columns, 2).map((value, i) => (i % 3 === 0 ? special[(i / 3) % 4]! : value));
    const x = placeMatrix("x", rows, columns, columns, values);
    expectIdentical(transposeOf(transposeOf(x)), values);
  }
});

function transposeOf(x: Operand): Operand {
  const result = placeResultMatrix(`transpose of (${x.rows}, ${x.columns})`, x.columns, x.rows);
  kernels.transpose(result.address, x.address, x.rows, x.columns);
  expectOnlyWritten(result);
  return result;
}
