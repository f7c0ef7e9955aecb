import { expect, test } from "vitest";
import { expectIdentical, expectWithin } from "./comparison.ts";
import { LARGEST_FLOAT, SMALLEST_SUBNORMAL, UNIT_ROUNDOFF } from "./float32.ts";
import { COUNTS, randomFloats } from "./inputs.ts";
import { clearRoom, expectOnlyWritten, kernels, type Operand, place, placeResult } from "./kernel-module.ts";

const LENGTHS = COUNTS.filter((count) => count >= 1);
const INVERSE_TEMPERATURES = [1, 0.01, 1 / 0.7, 3];
// terms below e^-60 of the largest count as 0
const DROPPED_BEYOND = 60;

test("softmax: within the stated error of float64 at any count, spread, temperature; nothing else is written", () => {
  for (const count of [...LENGTHS, 1000, 10_000]) {
    for (const spread of [0.001, 1, 9]) {
      for (const inverseTemperature of INVERSE_TEMPERATURES) {
        const logits = randomFloats(count, count, spread);
        const exact = softmaxInFloat64(logits, Math.fround(inverseTemperature));
        expectWithin(softmax(logits, inverseTemperature), exact.probabilities, exact.tolerance);
      }
    }
  }
});

test("softmax: the probabilities of up to 65 logits sum to 1 within 1e-6", () => {
  for (const count of LENGTHS) {
    for (const inverseTemperature of INVERSE_TEMPERATURES) {
      const { values } = softmax(randomFloats(count, 1, 5), inverseTemperature);
      const sum = values.reduce((total, value) => total + value, 0);
      expect(Math.abs(sum - 1), `1 - sum of ${count} at ${inverseTemperature}`).toBeLessThan(1e-6);
    }
  }
});

test("softmax: in place gives the same bits", () => {
  for (const count of LENGTHS) {
    const logits = randomFloats(count, 1, 5);
    const apart = softmax(logits, 1).values;
    clearRoom();
    const row = place("softmax in place", logits);
    kernels.softmax(row.address, row.address, count, 1);
    expectOnlyWritten(row);
    expectIdentical(row, apart);
  }
});

test("softmax: equal logits share alike, whatever their size", () => {
  for (const logit of [0, -0, LARGEST_FLOAT, -LARGEST_FLOAT, SMALLEST_SUBNORMAL, -1000]) {
    for (const count of LENGTHS) {
      const probabilities = softmax(new Float32Array(count).fill(logit), 3);
      expectIdentical(probabilities, new Float32Array(count).fill(1 / count), () => `logit ${logit}`);
    }
  }
});

test("softmax: shifting all logits by the same exact amount changes no bit", () => {
  const logits = Float32Array.from({ length: 13 }, (_, i) => ((i * 5) % 13) / 4);
  const shifted = softmax(
    logits.map((logit) => logit + 1024),
    1,
  ).values;
  expectIdentical(softmax(logits, 1), shifted);
});

test("softmax: logits of ±3.4e38 give 1 and 0", () => {
  const logits = Float32Array.from({ length: 9 }, (_, i) => (i === 5 ? LARGEST_FLOAT : -LARGEST_FLOAT));
  expectIdentical(
    softmax(logits, 1),
    logits.map((logit) => (logit > 0 ? 1 : 0)),
  );
});

test("softmax: a term below e^-60 of the largest is 0, one above is not", () => {
  const logits = Float32Array.from([0, -60.001, -59.999, -70, -85, -87, -200, -1000, -59.999]);
  for (const inverseTemperature of [1, 4]) {
    const { values } = softmax(
      logits.map((logit) => logit / inverseTemperature),
      inverseTemperature,
    );
    expect(Array.from(values, (value) => value > 0)).toEqual(Array.from(logits, (logit) => logit > -60));
  }
});

test("softmax: a logit of -Inf has probability 0, the others are as without it", () => {
  for (const count of LENGTHS.filter((length) => length >= 2)) {
    for (let index = 0; index < count; index++) {
      const logits = randomFloats(count, 1, 5).fill(Number.NEGATIVE_INFINITY, index, index + 1);
      const exact = softmaxInFloat64(logits, 1);
      const probabilities = softmax(logits, 1);
      expectWithin(probabilities, exact.probabilities, exact.tolerance);
      expect(probabilities.values[index]).toBe(0);
    }
  }
});

test("softmax: a NaN or +Inf anywhere makes the whole row NaN", () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    for (const count of LENGTHS) {
      for (let index = 0; index < count; index++) {
        const logits = randomFloats(count, 1).fill(value, index, index + 1);
        expectIdentical(softmax(logits, 1), new Float32Array(count).fill(Number.NaN), () => `${value} at ${index}`);
      }
    }
  }
});

function softmax(values: Float32Array, inverseTemperature: number): Operand {
  clearRoom();
  const logits = place("logits", values);
  const result = placeResult(`softmax of ${values.length} at inverse temperature ${inverseTemperature}`, values.length);
  kernels.softmax(result.address, logits.address, values.length, inverseTemperature);
  expectOnlyWritten(result);
  return result;
}

/** The probabilities, and the error that the kernel's comment allows each of them. */
function softmaxInFloat64(logits: Float32Array, inverseTemperature: number) {
  const { length } = logits;
  const largest = Math.max(...logits);
  const exponents = Float64Array.from(logits, (logit) => inverseTemperature * (logit - largest));
  const terms = exponents.map(Math.exp);
  const sum = terms.reduce((total, term) => total + term, 0);
  const probabilities = terms.map((term) => term / sum);
  const tolerance = (i: number): number => {
    const distance = -exponents[i]!;
    // here the term may be dropped, and further out it must be, as a test of its own claims
    if (distance > DROPPED_BEYOND * (1 - 4 * UNIT_ROUNDOFF)) return probabilities[i]!;
    const roundings = 2 * distance + 2 * Math.log(length) + length / 4 + 8;
    return roundings * UNIT_ROUNDOFF * probabilities[i]!;
  };
  return { probabilities, tolerance };
}
