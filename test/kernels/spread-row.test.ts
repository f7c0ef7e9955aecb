import { test } from "vitest";
import { expectIdentical } from "./comparison.ts";
import { COUNTS, randomFloats } from "./inputs.ts";
import { clearRoom, expectOnlyWritten, kernels, place, placeResultMatrix } from "./kernel-module.ts";

test("spreadRow: each row is the row, for any width and number of rows, and nothing else is written", () => {
  for (const rows of [0, 1, 2, 5]) {
    for (const width of COUNTS) {
      clearRoom();
      const row = place("row", randomFloats(width, 1));
      const result = placeResultMatrix(`${rows} rows of ${width}`, rows, width);
      kernels.spreadRow(result.address, row.address, rows, width, 4 * width);
      expectOnlyWritten(result);
      expectIdentical(
        result,
        result.values.map((_, i) => row.values[i % width]!),
      );
    }
  }
});

test("spreadRow: copies NaN, ±Inf and -0 as they are", () => {
  const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1];
  clearRoom();
  const row = place("row", special);
  const result = placeResultMatrix("spread row", 2, special.length);
  kernels.spreadRow(result.address, row.address, 2, special.length, 4 * special.length);
  expectIdentical(result, [...special, ...special]);
});
