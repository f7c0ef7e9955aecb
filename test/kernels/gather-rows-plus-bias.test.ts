import { test } from "vitest";
import { expectIdentical } from "./comparison.ts";
import { COUNTS, randomFloats } from "./inputs.ts";
import {
  clearRoom,
  expectOnlyWritten,
  kernels,
  place,
  placeMatrix,
  placeResultMatrix,
  placeWords,
} from "./kernel-module.ts";

const TABLE_ROWS = 6;
// the first and the last row, one twice in a row, one not at all
const INDICES = [5, 0, 2, 2, 1, 5, 3];

test("gatherRowsPlusBias: row i = table[indices[i]] + bias, for any width, and nothing else is written", () => {
  for (const width of COUNTS) {
    for (let rows = 0; rows <= INDICES.length; rows++) {
      const { result, table, bias } = gather(randomFloats(TABLE_ROWS * width, 1), width, rows);
      const rowOf = (i: number) => INDICES[Math.floor(i / width)]!;
      expectIdentical(
        result,
        result.values.map((_, i) => table[rowOf(i) * width + (i % width)]! + bias[i % width]!),
      );
    }
  }
});

test("gatherRowsPlusBias equals the product of one-hot rows with the table, on top of the bias, to the bit", () => {
  const width = 7;
  const rows = INDICES.length;
  const { result, table, bias } = gather(randomFloats(TABLE_ROWS * width, 1), width, rows);
  const oneHot = Float32Array.from({ length: rows * TABLE_ROWS }, (_, i) =>
    INDICES[Math.floor(i / TABLE_ROWS)] === i % TABLE_ROWS ? 1 : 0,
  );
  const gathered = result.values;
  clearRoom();
  const a = placeMatrix("one-hot rows", rows, TABLE_ROWS, TABLE_ROWS, oneHot);
  const b = placeMatrix("table", TABLE_ROWS, width, width, table);
  const biases = Float32Array.from({ length: rows * width }, (_, i) => bias[i % width]!);
  const c = placeMatrix("product", rows, width, width, biases);
  const strides = [a.byteStride, 4, b.address, b.byteStride] as const;
  kernels.matmul(c.address, c.byteStride, a.address, ...strides, rows, width, TABLE_ROWS, true);
  expectIdentical(c, gathered);
});

test("gatherRowsPlusBias: NaN in a row of the table stays with those who look that row up", () => {
  const width = 5;
  const poisonedRow = 2;
  const clean = randomFloats(TABLE_ROWS * width, 1);
  const poisoned = clean.map((value, i) => (Math.floor(i / width) === poisonedRow ? Number.NaN : value));
  const expected = gather(clean, width, INDICES.length).result.values;
  expectIdentical(
    gather(poisoned, width, INDICES.length).result,
    expected.map((value, i) => (INDICES[Math.floor(i / width)] === poisonedRow ? Number.NaN : value)),
  );
});

function gather(table: Float32Array, width: number, rows: number) {
  clearRoom();
  const placed = placeMatrix("table", TABLE_ROWS, width, width, table);
  const indices = placeWords("indices", INDICES.slice(0, rows));
  const bias = place("bias", randomFloats(width, 2));
  const result = placeResultMatrix(`${rows} gathered rows of ${width}`, rows, width);
  kernels.gatherRowsPlusBias(result.address, placed.address, indices.address, bias.address, rows, width, 4 * width);
  expectOnlyWritten(result);
  return { result, table, bias: bias.values };
}
