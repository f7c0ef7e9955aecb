import { expect, test } from "vitest";
import { philox } from "../../src/core/random.ts";
import { expectIdentical } from "./comparison.ts";
import { COUNTS, randomFloats } from "./inputs.ts";
import { clearRoom, expectOnlyWritten, kernels, place } from "./kernel-module.ts";

const LAYER = 2;
const STEP = 77;

function dropped(values: Float32Array, p: number, seed = 5, step = STEP, layer = LAYER): Float32Array {
  clearRoom();
  const words = place("words", [0, 0, 0, 0]);
  const x = place("x", values);
  kernels.dropout(x.address, 0, values.length, p, layer, step, 0, seed, 0, words.address);
  expectOnlyWritten(x, words);
  return x.values.slice();
}

test("dropout: element i is dropped where word i of its Philox stream is below p·2³², else divided by 1 - p", () => {
  for (const count of COUNTS) {
    const values = randomFloats(count, 1);
    const p = Math.fround(0.3);
    const kept = Math.fround(1 / Math.fround(1 - p));
    const words = new Uint32Array(4);
    const expected = values.map((value, i) => {
      philox(words, Math.floor(i / 4), STEP, 0x40000000 | LAYER, 0, 5, 0);
      return words[i % 4]! < p * 2 ** 32 ? 0 : value * kept;
    });
    expectIdentical({ name: `dropout of ${count}`, values: dropped(values, 0.3) }, expected);
  }
});

test("dropout: a share of p is dropped, and the mean stays", () => {
  const ones = new Float32Array(100_000).fill(1);
  for (const p of [0.1, 0.5, 0.9]) {
    const after = dropped(ones, p);
    const share = after.filter((value) => value === 0).length / ones.length;
    expect(Math.abs(share - p)).toBeLessThan(0.006); // more than 3.5 standard deviations
    expect(after.reduce((sum, value) => sum + value) / ones.length).toBeCloseTo(1, 0);
  }
});

test("dropout: the same step, layer and seed give the same mask, any other another", () => {
  const ones = new Float32Array(64).fill(1);
  const mask = dropped(ones, 0.5);
  expectIdentical({ name: "the mask again", values: dropped(ones, 0.5) }, mask);
  const others = [dropped(ones, 0.5, 6), dropped(ones, 0.5, 5, STEP + 1), dropped(ones, 0.5, 5, STEP, LAYER + 1)];
  for (const other of others) expect(other).not.toEqual(mask);
});
