import { describe, expect, test } from "vitest";
import { RandomStream } from "../../src/core/random.ts";
import { dequantized, quantizeRows, scaleName } from "../../src/formats/quantized.ts";
import {
  FormatError,
  parseSafetensors,
  readFloats,
  type TensorToWrite,
  writeSafetensors,
} from "../../src/formats/safetensors.ts";

const ROWS = 40;
const WIDTH = 33;
const random = new RandomStream(5, 0);
/** Rows of sizes from 1e-6 to 1e6, and one of zeros. */
const weights = Float32Array.from({ length: ROWS * WIDTH }, (_, i) => {
  const row = Math.floor(i / WIDTH);
  return row === 0 ? 0 : 10 ** ((row % 13) - 6) * (2 * random.nextUnit() - 1);
});

function file(...tensors: TensorToWrite[]) {
  return parseSafetensors(writeSafetensors(tensors, { note: "kept" }), "file");
}

test("no element is off by more than half its row's scale, which 127 of make the largest", () => {
  const { values, scales } = quantizeRows(weights, ROWS);
  const read = dequantized(
    file({ name: "w", shape: [ROWS, WIDTH], values }, { name: scaleName("w"), shape: [ROWS], values: scales }),
    "file",
  );
  expect([...read.tensors.keys()]).toEqual(["w"]);
  expect(read.metadata.get("note")).toBe("kept");
  const found = readFloats(read.tensors.get("w")!, "w");
  for (let row = 0; row < ROWS; row++) {
    const part = weights.subarray(row * WIDTH, (row + 1) * WIDTH);
    const scale = scales[row]!;
    expect(scale).toBe(Math.fround(Math.max(...part.map(Math.abs)) / 127));
    for (const [i, value] of part.entries()) {
      const error = Math.abs(found[row * WIDTH + i]! - value);
      expect(error, `row ${row}, ${i}`).toBeLessThanOrEqual(0.5001 * scale);
    }
  }
  expect(found.subarray(0, WIDTH).every((value) => value === 0)).toBe(true);
});

test("a matrix and its negative are negatives in 8 bits too", () => {
  const positive = quantizeRows(Float32Array.of(1, 0.3, -0.7), 1);
  const negative = quantizeRows(Float32Array.of(-1, -0.3, 0.7), 1);
  expect([...positive.values]).toEqual([127, 38, -89]);
  expect([...negative.values].map((value) => -value)).toEqual([...positive.values]);
});

test("what float32 is too coarse for is a row of zeros", () => {
  const { values, scales } = quantizeRows(Float64Array.of(1e-60, -1e-60, 127, 1), 2);
  expect([[...values], [...scales]]).toEqual([
    [0, 0, 127, 1],
    [0, 1],
  ]);
});

test("a matrix of floats beside what is named as its scales stays as it is, and so do they", () => {
  const { tensors } = dequantized(
    file(
      { name: "norm", shape: [1, 2], values: Float32Array.of(1, 2) },
      { name: scaleName("norm"), shape: [1], values: Float32Array.of(3) },
      { name: "w", shape: [1, 2], values: Int8Array.of(-127, 5) },
      { name: scaleName("w"), shape: [1], values: Float32Array.of(2) },
    ),
    "file",
  );
  expect([...tensors].map(([name, tensor]) => [name, ...readFloats(tensor, name)])).toEqual([
    ["norm", 1, 2],
    ["norm.scale", 3],
    ["w", -254, 10],
  ]);
});

describe("scales that do not fit are refused, naming the tensor", () => {
  const matrix = { name: "w", shape: [2, 3], values: new Int8Array(6) };
  const cases: [string, TensorToWrite[]][] = [
    ["too few", [matrix, { name: "w.scale", shape: [1], values: new Float32Array(1) }]],
    ["too many dimensions", [matrix, { name: "w.scale", shape: [2, 1], values: new Float32Array(2) }]],
    ["another dtype", [matrix, { name: "w.scale", shape: [2], values: new Float64Array(2) }]],
    [
      "of no matrix",
      [
        { ...matrix, shape: [6] },
        { name: "w.scale", shape: [6], values: new Float32Array(6) },
      ],
    ],
  ];
  for (const [what, tensors] of cases) {
    test(what, () => {
      expect(() => dequantized(file(...tensors), "x")).toThrow(FormatError);
      expect(() => dequantized(file(...tensors), "x")).toThrow(
        /^x: tensor "w\.scale": expected F32 of shape \[\d\] for an I8/,
      );
    });
  }

  test("none: the I8 tensor is no weight", () => {
    const { tensors } = dequantized(file(matrix), "x");
    expect(() => readFloats(tensors.get("w")!, "w")).toThrow(/dtype I8/);
  });
});
