import { test } from "vitest";
import { expectIdentical } from "./comparison.ts";
import { COUNTS, randomFloats } from "./inputs.ts";
import { clearRoom, expectOnlyWritten, kernels, placeMatrix, placeWords } from "./kernel-module.ts";

const TABLE_ROWS = 6;
// the first and the last row, two of them more than once, one not at all
const INDICES = [5, 0, 2, 2, 1, 5, 2];

test("scatterAddRows: table[indices[i]] += x[i] row after row, for any width, and nothing else is written", () => {
  for (const width of COUNTS) {
    for (let rows = 0; rows <= INDICES.length; rows++) {
      claimScattered(randomFloats(TABLE_ROWS * width, 1), randomFloats(rows * width, 2), width, rows);
    }
  }
});

test("scatterAddRows: NaN in a row goes to the row of the table that it belongs to", () => {
  const width = 6;
  const rows = INDICES.length;
  for (let poisonedRow = 0; poisonedRow < rows; poisonedRow++) {
    const x = randomFloats(rows * width, 2).map((value, i) => (i === poisonedRow * width + 4 ? Number.NaN : value));
    claimScattered(randomFloats(TABLE_ROWS * width, 1), x, width, rows);
  }
});

function claimScattered(before: Float32Array, values: Float32Array, width: number, rows: number): void {
  clearRoom();
  const table = placeMatrix(`table of width ${width} after ${rows} rows`, TABLE_ROWS, width, width, before);
  const indices = placeWords("indices", INDICES.slice(0, rows));
  const x = placeMatrix("x", rows, width, width, values);
  kernels.scatterAddRows(table.address, indices.address, x.address, rows, width, 4 * width);
  expectOnlyWritten(table);
  const expected = before.slice();
  for (let i = 0; i < rows * width; i++) {
    expected[INDICES[Math.floor(i / width)]! * width + (i % width)]! += values[i]!;
  }
  expectIdentical(table, expected);
}
