import { expect, test } from "vitest";
import { normalQuantile } from "../../assembly/kernels/portable-math.ts";
import { RandomStream, splitSeed } from "../../src/core/random.ts";
import { expectIdentical } from "./comparison.ts";
import {
  clearRoom,
  expectOnlyWritten,
  kernels,
  type Operand,
  placeResult,
  placeResultMatrix,
} from "./kernel-module.ts";

const SHAPES = [
  [1, 1],
  [1, 7],
  [5, 1],
  [3, 4],
  [6, 5],
  [17, 9],
] as const;
const SCALE = 0.37;
// below and above 2³², and the largest
const SEEDS = [0, 1, 0xffffffff, 0x1_0000_0007, Number.MAX_SAFE_INTEGER];
const STREAMS = [0, 3, 0xffffffff];

for (const normal of [false, true]) {
  const law = normal ? "normal" : "uniform";

  test(`fillRandom: ${law} numbers are those of the host's RandomStream, row by row, to the bit`, () => {
    for (const [rows, columns] of SHAPES) {
      for (const seed of SEEDS) {
        for (const stream of STREAMS) {
          clearRoom();
          const matrix = placeResultMatrix(`${law} (${rows}, ${columns})`, rows, columns, columns + 3);
          fill(matrix, rows, columns, columns + 3, 1, normal, seed, stream);
          expectIdentical(
            matrix,
            hostNumbers(rows * columns, normal, seed, stream),
            () => `seed ${seed} stream ${stream}`,
          );
        }
      }
    }
  });

  test(`fillRandom: a transposed matrix of ${law} numbers has the same number in each (row, column)`, () => {
    for (const [rows, columns] of SHAPES) {
      clearRoom();
      const columnStride = rows + 2;
      const matrix = placeResultMatrix(`${law} (${rows}, ${columns}), transposed`, columns, rows, columnStride);
      fill(matrix, rows, columns, 1, columnStride, normal, 42, 1);
      const numbers = hostNumbers(rows * columns, normal, 42, 1);
      const expected = numbers.map((_, at) => numbers[(at % rows) * columns + Math.floor(at / rows)]!);
      expectIdentical(matrix, expected);
    }
  });
}

test("fillRandom: 100 000 normal numbers have mean 0 and the deviation asked for, within 4 standard errors", () => {
  const { mean, variance, count } = moments(true);
  expect(Math.abs(mean)).toBeLessThan((4 * SCALE) / Math.sqrt(count));
  expect(Math.abs(variance / SCALE ** 2 - 1)).toBeLessThan(4 * Math.sqrt(2 / count));
});

test("fillRandom: 100 000 uniform numbers fill (-scale, scale) evenly, within 4 standard errors", () => {
  const { mean, variance, count, largest } = moments(false);
  expect(Math.abs(mean)).toBeLessThan((4 * SCALE) / Math.sqrt(3 * count));
  // a uniform square has mean scale² / 3 and variance 4·scale⁴ / 45
  expect(Math.abs((3 * variance) / SCALE ** 2 - 1)).toBeLessThan(4 * Math.sqrt(4 / 5 / count));
  expect(largest).toBeLessThanOrEqual(Math.fround(SCALE));
});

function moments(normal: boolean) {
  clearRoom();
  const count = 100_000;
  const numbers = placeResult("numbers", count);
  fill(numbers, 1, count, count, 1, normal, 2015, 0);
  const { values } = numbers;
  let sum = 0;
  let squares = 0;
  let largest = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
    largest = Math.max(largest, Math.abs(value));
  }
  const mean = sum / count;
  return { count, mean, variance: squares / count - mean ** 2, largest };
}

function fill(
  matrix: Operand,
  rows: number,
  columns: number,
  rowStride: number,
  columnStride: number,
  normal: boolean,
  seed: number,
  stream: number,
): void {
  const words = placeResult("words", 4);
  const { low, high } = splitSeed(seed);
  const strides = [rowStride, columnStride] as const;
  kernels.fillRandom(matrix.address, rows, columns, ...strides, normal, SCALE, stream, low, high, words.address);
  expectOnlyWritten(matrix, words);
}

function hostNumbers(count: number, normal: boolean, seed: number, stream: number): Float32Array {
  const random = new RandomStream(seed, stream);
  return Float32Array.from({ length: count }, () => {
    const unit = random.nextUnit();
    return (normal ? normalQuantile(unit) : 2 * unit - 1) * SCALE;
  });
}
