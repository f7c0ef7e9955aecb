import { test } from "vitest";
import { Activation } from "../../assembly/abi/constants.ts";
import { expectIdentical } from "./comparison.ts";
import { COUNTS, randomFloats } from "./inputs.ts";
import { clearRoom, expectOnlyWritten, kernels, place, placeResult } from "./kernel-module.ts";

const SPECIAL = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 2, 0];

for (const inPlace of [false, true]) {
  const where = inPlace ? "in place" : "apart";

  test(`relu: the larger of x and 0, NaN staying NaN, for any count, ${where}`, () => {
    for (const values of [...COUNTS.map((count) => randomFloats(count, 1)), Float32Array.from(SPECIAL)]) {
      clearRoom();
      const x = place("x", values);
      const result = inPlace ? x : placeResult("relu", values.length);
      kernels.relu(result.address, x.address, values.length);
      expectOnlyWritten(result);
      expectIdentical(
        result,
        values.map((value) => Math.max(value, 0)),
      );
    }
  });

  test(`reluBackward: the gradient where y is above 0, else 0, for any count, ${where}`, () => {
    for (const count of COUNTS) {
      clearRoom();
      const gradientValues = randomFloats(count, 2);
      const yValues = randomFloats(count, 3).map((value, i) => (i % 3 === 0 ? 0 : Math.max(value, 0)));
      const gradient = place("gradient", gradientValues);
      const y = place("y", yValues);
      const result = inPlace ? gradient : placeResult("reluBackward", count);
      kernels.reluBackward(result.address, gradient.address, y.address, count);
      expectOnlyWritten(result);
      expectIdentical(
        result,
        gradientValues.map((value, i) => (yValues[i]! > 0 ? value : 0)),
      );
    }
  });
}

test("activate and activateBackward: each activation is its kernel, and linear a copy", () => {
  const values = randomFloats(9, 4);
  const gradients = randomFloats(9, 5);
  const forward: [Activation, (result: number, x: number) => void][] = [
    [Activation.Tanh, (result, x) => kernels.tanh(result, x, 9)],
    [Activation.Relu, (result, x) => kernels.relu(result, x, 9)],
  ];
  for (const [activation, kernel] of forward) {
    clearRoom();
    const x = place("x", values);
    const found = placeResult("activate", 9);
    const expected = placeResult("the kernel", 9);
    kernels.activate(activation, found.address, x.address, 9);
    kernel(expected.address, x.address);
    expectIdentical(found, expected.values);
  }
  clearRoom();
  const x = place("x", values);
  const gradient = place("gradient", gradients);
  const found = placeResult("linear", 9);
  kernels.activate(Activation.Linear, found.address, x.address, 9);
  expectIdentical(found, values);
  kernels.activateBackward(Activation.Linear, found.address, gradient.address, x.address, 9);
  expectIdentical(found, gradients);
});
