import { expect, test } from "vitest";
import { Activation } from "../../assembly/abi/constants.ts";
import { randomFloats } from "./inputs.ts";
import { clearRoom, kernels, place, placeAtEndOfMemory, placeResult } from "./kernel-module.ts";

interface Call {
  /** The number of floats in each input. */
  readonly inputs: readonly number[];
  readonly run: (...addresses: [number, number, number]) => unknown;
}

const ROWS = 7;
const STEPS = 3;

const panelWidth = (n: number) => Math.ceil(n / 20) * 20;
const panels = (n: number) => placeResult("panels", STEPS * panelWidth(n)).address;
const tiles = () => placeResult("tiles", 256 * 48).address;

/** Each kernel's call for a row of `count` floats, its result at `result` if it has one apart. */
const CALLS: Readonly<Record<string, (count: number, result: number) => Call>> = {
  exp: (n, result) => ({ inputs: [n], run: (x) => kernels.exp(result, x, n) }),
  log: (n, result) => ({ inputs: [n], run: (x) => kernels.log(result, x, n) }),
  tanh: (n, result) => ({ inputs: [n], run: (x) => kernels.tanh(result, x, n) }),
  tanhBackward: (n, result) => ({
    inputs: [n, n],
    run: (gradient, y) => kernels.tanhBackward(result, gradient, y, n),
  }),
  sigmoid: (n, result) => ({ inputs: [n], run: (x) => kernels.sigmoid(result, x, n) }),
  relu: (n, result) => ({ inputs: [n], run: (x) => kernels.relu(result, x, n) }),
  reluBackward: (n, result) => ({
    inputs: [n, n],
    run: (gradient, y) => kernels.reluBackward(result, gradient, y, n),
  }),
  activate: (n, result) => ({ inputs: [n], run: (x) => kernels.activate(Activation.Relu, result, x, n) }),
  activateBackward: (n, result) => ({
    inputs: [n, n],
    run: (gradient, y) => kernels.activateBackward(Activation.Tanh, result, gradient, y, n),
  }),
  dropout: (n) => ({
    inputs: [n],
    run: (x) => kernels.dropout(x, 0, n, 0.5, 1, 1, 0, 1, 0, place("words", [0, 0, 0, 0]).address),
  }),
  gatherRows: (n, result) => ({
    inputs: [n],
    run: (table) => kernels.gatherRows(result, table, place("index", [0]).address, 1, n, 4 * n),
  }),
  add: (n, result) => ({ inputs: [n, n], run: (a, b) => kernels.add(result, a, b, n) }),
  scale: (n) => ({ inputs: [n], run: (x) => kernels.scale(x, 2, n) }),
  maximum: (n) => ({ inputs: [n], run: (x) => kernels.maximum(x, n) }),
  softmax: (n, result) => ({ inputs: [n], run: (x) => kernels.softmax(result, x, n, 1) }),
  sumOfSquares: (n) => ({ inputs: [n], run: (x) => kernels.sumOfSquares(x, n) }),
  spreadRow: (n, result) => ({ inputs: [n], run: (row) => kernels.spreadRow(result, row, ROWS, n, 4 * n) }),
  sumRows: (n, result) => ({ inputs: [ROWS * n], run: (x) => kernels.sumRows(result, x, ROWS, n, 4 * n) }),
  // one row of a table of one: the float 0 has the bits of the index 0
  gatherRowsPlusBias: (n, result) => ({
    inputs: [n, n],
    run: (table, bias) => kernels.gatherRowsPlusBias(result, table, place("index", [0]).address, bias, 1, n, 4 * n),
  }),
  scatterAddRows: (n) => ({
    inputs: [n, n],
    run: (table, x) => kernels.scatterAddRows(table, place("index", [0]).address, x, 1, n, 4 * n),
  }),
  packPanels: (n) => ({ inputs: [STEPS * n], run: (b) => kernels.packPanels(panels(n), b, 4 * n, STEPS, n) }),
  packTransposedPanels: (n) => ({
    inputs: [STEPS * n],
    run: (w) => kernels.packTransposedPanels(panels(n), w, STEPS, n),
  }),
  matmulPanels: (n) => ({
    inputs: [ROWS * STEPS, STEPS * panelWidth(n), ROWS * n],
    run: (a, b, c) => kernels.matmulPanels(c, 4 * n, a, 4 * STEPS, 4, b, ROWS, n, STEPS, true, tiles()),
  }),
  "matmulPanels Aᵀ": (n) => ({
    inputs: [ROWS * STEPS, STEPS * panelWidth(n), ROWS * n],
    run: (a, b, c) => kernels.matmulPanels(c, 4 * n, a, 4, 4 * ROWS, b, ROWS, n, STEPS, true, tiles()),
  }),
  matmul: (n) => ({
    inputs: [ROWS * STEPS, STEPS * n, ROWS * n],
    run: (a, b, c) => kernels.matmul(c, 4 * n, a, 4 * STEPS, 4, b, 4 * n, ROWS, n, STEPS, true),
  }),
  "matmul Aᵀ": (n) => ({
    inputs: [ROWS * STEPS, STEPS * n, ROWS * n],
    run: (a, b, c) => kernels.matmul(c, 4 * n, a, 4, 4 * ROWS, b, 4 * n, ROWS, n, STEPS, true),
  }),
  adagrad: (n) => ({
    inputs: [4 * n, 4 * n, 4 * n], // an optimizer crosses whole vectors
    run: (parameter, gradient, sums) => kernels.adagrad(parameter, gradient, sums, 4 * n, 0.1, 5),
  }),
};

for (const [name, callOf] of Object.entries(CALLS)) {
  test(`${name} reads at most 12 bytes behind any of its inputs: at the end of memory it does not trap`, () => {
    for (const count of [1, 2, 3, 4, 5, 6, 7, 8, 9, 33, 35]) {
      const inputCount = callOf(count, 0).inputs.length;
      for (let last = 0; last < inputCount; last++) {
        clearRoom();
        const { inputs, run } = callOf(count, placeResult("result", ROWS * count).address);
        const [x, y, z] = inputs.map((length, i) => {
          const values = randomFloats(length, i);
          return (i === last ? placeAtEndOfMemory : place)(`input ${i}`, values).address;
        }) as [number, number, number];
        expect(() => run(x, y, z), `input ${last} of ${count}`).not.toThrow();
      }
    }
  });
}

test("a kernel that reads 16 bytes behind its input at the end of memory does trap", () => {
  clearRoom();
  const x = placeAtEndOfMemory("x", [1, 2, 3, 4]);
  expect(() => kernels.maximum(x.address, 5)).toThrow(WebAssembly.RuntimeError);
});

test("every kernel that reads floats is called at the end of memory", () => {
  const withoutInput = [
    "memory",
    "allocate",
    "philox",
    "fillRandom",
    "normalQuantile",
    "naturalLogarithm",
    "wholePower",
    "cosine",
    "multiplyAddPeak",
    "PEAK_FLOPS",
  ];
  const exported: string[] = [];
  for (const name in kernels) exported.push(name);
  const kernelNames = exported.filter((name) => !withoutInput.includes(name));
  expect(Object.keys(CALLS)).toEqual(expect.arrayContaining(kernelNames));
  expect(kernelNames).toContain("matmul");
});
