import { expect, test } from "vitest";
import { expectIdentical } from "./comparison.ts";
import { LARGEST_FLOAT } from "./float32.ts";
import { COUNTS, randomFloats } from "./inputs.ts";
import { clearRoom, expectOnlyWritten, kernels, place } from "./kernel-module.ts";

const LENGTHS = COUNTS.filter((count) => count >= 1);

test("maximum: found wherever it stands, among negative numbers too, and nothing is written", () => {
  for (const largest of [2, -0.5, LARGEST_FLOAT, Number.POSITIVE_INFINITY]) {
    claimMaximum((value) => value - 2, largest, largest);
  }
});

test("maximum: NaN if one is NaN, wherever it stands", () => {
  claimMaximum((value) => value, Number.NaN, Number.NaN);
  claimMaximum(() => Number.POSITIVE_INFINITY, Number.NaN, Number.NaN);
});

test("maximum: -Inf where there is nothing else", () => {
  for (const count of LENGTHS) {
    clearRoom();
    const x = place("x", new Float32Array(count).fill(Number.NEGATIVE_INFINITY));
    expect(kernels.maximum(x.address, count), `of ${count}`).toBe(Number.NEGATIVE_INFINITY);
  }
});

/** With `special` in each place of a row of `others`, of each length, the maximum is `expected`. */
function claimMaximum(others: (value: number) => number, special: number, expected: number): void {
  for (const count of LENGTHS) {
    const found = new Float64Array(count);
    for (let index = 0; index < count; index++) {
      clearRoom();
      const x = place(
        "x",
        randomFloats(count, 1)
          .map(others)
          .fill(special, index, index + 1),
      );
      found[index] = kernels.maximum(x.address, count);
      expectOnlyWritten();
    }
    const computed = { name: `maximum of ${count} by the place of ${special}`, values: found };
    expectIdentical(computed, new Float64Array(count).fill(expected));
  }
}
