import { expect, test } from "vitest";
import { COUNTS, randomFloats } from "./inputs.ts";
import { clearRoom, expectOnlyWritten, kernels, place } from "./kernel-module.ts";
import { statedNumbers } from "./stated-numbers.ts";

const [relativeError] = statedNumbers("assembly/kernels/reduce.ts", /Relative error at most (\S+) at any length/) as [
  number,
];

const BLOCK = 1024;
// around one block, and several with and without a tail
const LENGTHS = [...COUNTS, 1023, 1024, 1025, 2047, 2048, 2050, 5000, 100_003];

test("sumOfSquares: within the stated error of float64 at any length, and nothing is written", () => {
  for (const count of LENGTHS) {
    const values = randomFloats(count, 1, 3);
    let exact = 0;
    for (const value of values) exact += value * value;
    expect(Math.abs(sumOfSquares(values) - exact), `of ${count}, against ${exact}`).toBeLessThanOrEqual(
      relativeError * exact,
    );
  }
});

test("sumOfSquares: the bits of the stated order: blocks of 1024 in four lanes of float32, joined in float64", () => {
  for (const count of LENGTHS) {
    const values = randomFloats(count, 2, 3);
    expect(sumOfSquares(values), `of ${count}`).toBe(sumInStatedOrder(values));
  }
});

test("sumOfSquares: NaN and ±Inf carry through from every place", () => {
  for (const count of COUNTS) {
    for (let index = 0; index < count; index++) {
      const sumWith = (value: number) => sumOfSquares(randomFloats(count, 1).fill(value, index, index + 1));
      expect(sumWith(Number.NaN), `NaN at ${index} of ${count}`).toBeNaN();
      expect(sumWith(Number.NEGATIVE_INFINITY), `-Inf at ${index} of ${count}`).toBe(Number.POSITIVE_INFINITY);
    }
  }
});

test("sumOfSquares: a sum beyond float32 stays finite where no block's own sum is", () => {
  const values = new Float32Array(64 * BLOCK).fill(5e17);
  expect(sumOfSquares(values) / (values.length * values[0]! ** 2)).toBeCloseTo(1, 4);
});

function sumOfSquares(values: Float32Array): number {
  clearRoom();
  const x = place("x", values);
  const sum = kernels.sumOfSquares(x.address, values.length);
  expectOnlyWritten();
  return sum;
}

function sumInStatedOrder(values: Float32Array): number {
  let total = 0;
  for (let start = 0; start < values.length; start += BLOCK) {
    const lanes = new Float32Array(4);
    for (const [i, value] of values.subarray(start, start + BLOCK).entries()) {
      lanes[i % 4]! += Math.fround(value * value);
    }
    total += Math.fround(Math.fround(lanes[0]! + lanes[2]!) + Math.fround(lanes[1]! + lanes[3]!));
  }
  return total;
}
