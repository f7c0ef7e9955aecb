import { expect, test } from "vitest";
import { expectIdentical, expectWithin } from "./comparison.ts";
import { LARGEST_FLOAT, UNIT_ROUNDOFF } from "./float32.ts";
import { COUNTS as ALL_COUNTS, randomFloats } from "./inputs.ts";
import { clearRoom, expectOnlyWritten, kernels, place } from "./kernel-module.ts";

const RATE = Math.fround(0.1);
const EPSILON = 1e-8;
/** An optimizer crosses whole vectors: the arena pads its regions. */
const COUNTS = [...new Set(ALL_COUNTS.map((count) => (count + 3) & ~3))];

interface Slots {
  readonly parameter: Float32Array;
  readonly gradient: Float32Array;
  readonly sumOfSquares: Float32Array;
}

test("adagrad: within rounding of the float64 formula, clipped and not, for any count; nothing else is written", () => {
  for (const count of COUNTS) {
    // squares around 1, and around ε, where it matters on which side of the root it stands
    for (const [gradientScale, clipValue] of [
      [1, 0.25],
      [1, 5],
      [1, Number.POSITIVE_INFINITY],
      [1e-4, 5],
    ] as const) {
      const slots = randomSlots(count, gradientScale);
      const { parameter, sumOfSquares } = update(slots, clipValue);
      const exact = updateInFloat64(slots, clipValue);
      const circumstance = `${count} of gradients up to ${gradientScale} clipped at ${clipValue}`;
      // the square and the sum
      const sums = { name: `sum of squares, ${circumstance}`, values: sumOfSquares };
      expectWithin(sums, exact.sumOfSquares, (i) => 2 * UNIT_ROUNDOFF * exact.sumOfSquares[i]!);
      // the step takes half of the root's (square, sum, ε and its own sum), the root, the product, the quotient
      const parameters = { name: `parameter, ${circumstance}`, values: parameter };
      const stepError = (i: number) => 5 * UNIT_ROUNDOFF * Math.abs(exact.step[i]!);
      expectWithin(parameters, exact.parameter, (i) => stepError(i) + UNIT_ROUNDOFF * Math.abs(exact.parameter[i]!));
    }
  }
});

test("adagrad: the first step from rest is the learning rate, whatever the size of the gradient", () => {
  const gradient = Float32Array.from([1e-2, -1e-2, 1, -1, 1e4, -1e4, 3, -3]);
  const rest = new Float32Array(gradient.length);
  const { parameter } = update({ parameter: rest, gradient, sumOfSquares: rest }, LARGEST_FLOAT);
  const expected = gradient.map((value) => -RATE * Math.sign(value));
  // ε is 1e-4 of the smallest gradient's square
  expectWithin({ name: "parameter", values: parameter }, expected, RATE * 1e-4);
});

test("adagrad: where the gradient is 0 nothing moves, even from rest", () => {
  const parameter = randomFloats(8, 1);
  const still = new Float32Array(8);
  const after = update({ parameter, gradient: still, sumOfSquares: still }, 5);
  expectIdentical({ name: "parameter", values: after.parameter }, parameter);
  expectIdentical({ name: "sum of squares", values: after.sumOfSquares }, still);
});

test("adagrad: a gradient beyond the bound, ±Inf too, does what the bound does", () => {
  const slots = randomSlots(8);
  const signs = [1, -1, -1, 1, 1, -1, 1, -1];
  const at = (size: number) => update({ ...slots, gradient: Float32Array.from(signs, (sign) => sign * size) }, 5);
  const atBound = at(5);
  for (const size of [5.0001, 1e30, Number.POSITIVE_INFINITY]) {
    const after = at(size);
    expectIdentical({ name: `parameter at gradient ±${size}`, values: after.parameter }, atBound.parameter);
    expectIdentical({ name: `sum of squares at gradient ±${size}`, values: after.sumOfSquares }, atBound.sumOfSquares);
  }
});

test("adagrad: NaN in a gradient stays visible in its parameter and its sum, and nowhere else", () => {
  for (const count of COUNTS) {
    const slots = randomSlots(count);
    const clean = update(slots, 5);
    for (let index = 0; index < count; index++) {
      const poison = (values: Float32Array) => values.slice().fill(Number.NaN, index, index + 1);
      const after = update({ ...slots, gradient: poison(slots.gradient) }, 5);
      expectIdentical({ name: "parameter", values: after.parameter }, poison(clean.parameter));
      expectIdentical({ name: "sum of squares", values: after.sumOfSquares }, poison(clean.sumOfSquares));
    }
  }
});

test("adagrad: a learning rate of 0 holds the parameters and still gathers squares", () => {
  const slots = randomSlots(8);
  const after = update(slots, 5, 0);
  expectIdentical({ name: "parameter", values: after.parameter }, slots.parameter);
  expect(after.sumOfSquares.every((sum, i) => sum > slots.sumOfSquares[i]!)).toBe(true);
});

function randomSlots(count: number, gradientScale = 1): Slots {
  return {
    parameter: randomFloats(count, 1),
    gradient: randomFloats(count, 2, gradientScale),
    sumOfSquares: randomFloats(count, 3, gradientScale ** 2).map(Math.abs),
  };
}

function update(slots: Slots, clipValue: number, rate = RATE) {
  clearRoom();
  const parameter = place("parameter", slots.parameter);
  const gradient = place("gradient", slots.gradient);
  const sums = place("sum of squares", slots.sumOfSquares);
  kernels.adagrad(parameter.address, gradient.address, sums.address, slots.gradient.length, rate, clipValue);
  expectOnlyWritten(parameter, sums);
  return { parameter: parameter.values, sumOfSquares: sums.values };
}

function updateInFloat64({ parameter, gradient, sumOfSquares }: Slots, clipValue: number) {
  const clipped = Float64Array.from(gradient, (value) => Math.max(-clipValue, Math.min(clipValue, value)));
  const sums = Float64Array.from(sumOfSquares, (sum, i) => sum + clipped[i]! ** 2);
  const step = clipped.map((value, i) => (RATE * value) / Math.sqrt(sums[i]! + EPSILON));
  return { sumOfSquares: sums, step, parameter: Float64Array.from(parameter, (value, i) => value - step[i]!) };
}
