import { test } from "vitest";
import { expectIdentical } from "./comparison.ts";
import { COUNTS, randomFloats } from "./inputs.ts";
import { clearRoom, expectOnlyWritten, kernels, place, placeResultMatrix } from "./kernel-module.ts";

test("gatherRows: row i is row index[i] of the table, for any width, and nothing else is written", () => {
  const indices = [2, 0, 2, 1, 3];
  for (const width of COUNTS) {
    clearRoom();
    const table = place("table", randomFloats(4 * width, 1));
    // an index is its bits; as a float it is a subnormal, which memory keeps as it is
    const index = place("indices", new Float32Array(Uint32Array.from(indices).buffer));
    const result = placeResultMatrix(`rows of ${width}`, indices.length, width);
    kernels.gatherRows(result.address, table.address, index.address, indices.length, width, 4 * width);
    expectOnlyWritten(result);
    expectIdentical(
      result,
      result.values.map((_, i) => table.values[indices[Math.floor(i / width)]! * width + (i % width)]!),
    );
  }
});
