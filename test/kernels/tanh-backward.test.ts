import { test } from "vitest";
import { expectIdentical, expectWithin } from "./comparison.ts";
import { UNIT_ROUNDOFF } from "./float32.ts";
import { COUNTS, randomFloats } from "./inputs.ts";
import { clearRoom, expectOnlyWritten, kernels, place, placeResult } from "./kernel-module.ts";

test("tanhBackward: gradient · (1 - y²) within rounding of float64, for any count, and nothing else is written", () => {
  for (const count of COUNTS) {
    clearRoom();
    const gradient = place("gradient", randomFloats(count, 1, 10));
    const y = place("y", randomFloats(count, 2));
    const result = placeResult(`tanhBackward of ${count}`, count);
    kernels.tanhBackward(result.address, gradient.address, y.address, count);
    expectOnlyWritten(result);
    const { values } = gradient;
    const exact = Float64Array.from(y.values, (value, i) => values[i]! * (1 - value * value));
    // three roundings: of y², which 1 - y² may leave bare, of the difference and of the product
    expectWithin(result, exact, (i) => UNIT_ROUNDOFF * (Math.abs(values[i]!) + 2 * Math.abs(exact[i]!)));
  }
});

test("tanhBackward: in place over the gradient gives the same bits", () => {
  for (const count of COUNTS) {
    clearRoom();
    const gradient = place("gradient in place", randomFloats(count, 1, 10));
    const y = place("y", randomFloats(count, 2));
    const result = placeResult("tanhBackward", count);
    kernels.tanhBackward(result.address, gradient.address, y.address, count);
    expectOnlyWritten(result);
    kernels.tanhBackward(gradient.address, gradient.address, y.address, count);
    expectOnlyWritten(gradient);
    expectIdentical(gradient, result.values);
  }
});

test("tanhBackward: where tanh is ±1 no gradient passes; NaN and ±Inf stay in their own element", () => {
  const cases = [
    [3, 1, 0],
    [3, -1, 0],
    [Number.NaN, 0.5, Number.NaN],
    [3, 0, 3],
    [3, Number.NaN, Number.NaN],
    [Number.POSITIVE_INFINITY, 0.5, Number.POSITIVE_INFINITY],
    [Number.NEGATIVE_INFINITY, 0.5, Number.NEGATIVE_INFINITY],
    [Number.POSITIVE_INFINITY, 1, Number.NaN],
    [3, -0.5, 2.25],
  ] as const;
  clearRoom();
  const gradient = place(
    "tanhBackward",
    cases.map(([value]) => value),
  );
  const y = place(
    "y",
    cases.map(([, value]) => value),
  );
  kernels.tanhBackward(gradient.address, gradient.address, y.address, cases.length);
  expectIdentical(
    gradient,
    cases.map(([, , expected]) => expected),
    (i) => `gradient ${cases[i]![0]}, y ${cases[i]![1]}`,
  );
});

test("tanhBackward is the slope of tanh", () => {
  const count = 101;
  const step = 1e-5;
  const slopes = Float64Array.from({ length: count }, (_, i) => {
    const x = (i - 50) / 10;
    return (Math.tanh(x + step) - Math.tanh(x - step)) / (2 * step);
  });
  clearRoom();
  const x = place(
    "x",
    slopes.map((_, i) => (i - 50) / 10),
  );
  const gradient = place("slope", new Float32Array(count).fill(1));
  kernels.tanh(x.address, x.address, count);
  kernels.tanhBackward(gradient.address, gradient.address, x.address, count);
  expectWithin(gradient, slopes, 3e-7, (i) => `x = ${(i - 50) / 10}`);
});
