import { test } from "vitest";
import { expectIdentical } from "./comparison.ts";
import { LARGEST_FLOAT, SMALLEST_NORMAL, SMALLEST_SUBNORMAL } from "./float32.ts";
import { COUNTS, randomFloats } from "./inputs.ts";
import { clearRoom, expectOnlyWritten, kernels, place } from "./kernel-module.ts";

test("scale: each product rounded once, for any count, and nothing else is written", () => {
  const factor = Math.fround(-1 / 3);
  for (const count of COUNTS) {
    clearRoom();
    const x = place(`scale of ${count}`, randomFloats(count, 1));
    const expected = x.values.map((value) => value * factor);
    kernels.scale(x.address, factor, count);
    expectOnlyWritten(x);
    expectIdentical(x, expected);
  }
});

test("scale: NaN, ±Inf, overflow, underflow and signed zeros as in IEEE, each in its own element", () => {
  const values = [Number.NaN, Number.POSITIVE_INFINITY, -0, LARGEST_FLOAT, SMALLEST_NORMAL, SMALLEST_SUBNORMAL, 1];
  for (const factor of [2, -2, 0.25, 0, Number.POSITIVE_INFINITY, Number.NaN]) {
    clearRoom();
    const x = place(`scale by ${factor}`, values);
    const expected = x.values.map((value) => value * factor);
    kernels.scale(x.address, factor, values.length);
    expectIdentical(x, expected, (i) => `x = ${values[i]}`);
  }
});
