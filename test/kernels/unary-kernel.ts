/** The claims that exp, log and tanh share: result[i] = f(x[i]) for i < count, in place allowed. */

import { expect, test } from "vitest";
import { expectIdentical, expectWithin, numberText } from "./comparison.ts";
import { bitsOf, floatOf, ulpOf } from "./float32.ts";
import { COUNTS } from "./inputs.ts";
import { clearRoom, expectOnlyWritten, place, placeResult } from "./kernel-module.ts";

export interface UnaryKernel {
  readonly name: string;
  readonly kernel: (result: number, x: number, count: number) => void;
  readonly exact: (x: number) => number;
  /** The stated error, and the stated range that it holds over. */
  readonly errorInUlp: number;
  readonly lowest: number;
  readonly highest: number;
  /** Where the formula changes, or has been seen at its worst: scanned float by float. */
  readonly delicate: readonly number[];
}

const SIGN_BIT = 0x80000000;
// all floats of a range take minutes; the stated errors come from such a scan, the tests repeat every 997th
const SCAN_STEP = 997;
const NEIGHBOURS = 2000;
const CHUNK = 1 << 16;

export function claimUnaryKernel(unary: UnaryKernel): void {
  const { name, kernel, exact, errorInUlp, lowest, highest, delicate } = unary;

  test(`${name}: error at most ${errorInUlp} ULP from ${lowest} to ${highest}`, () => {
    let scanned = 0;
    for (const chunk of chunks(unary)) {
      clearRoom();
      const x = place("x", chunk);
      const result = placeResult(name, chunk.length);
      kernel(result.address, x.address, chunk.length);
      expectOnlyWritten(result);
      const expected = Float64Array.from(chunk, exact);
      expectWithin(
        result,
        expected,
        (i) => errorInUlp * ulpOf(expected[i]!),
        (i) => `x = ${chunk[i]}`,
      );
      scanned += chunk.length;
    }
    expect(scanned).toBeGreaterThan(1e6);
  });

  test(`${name}: any count and place in the array gives the same bits, in place too, and writes nothing else`, () => {
    // every vector holds arguments of several branches
    const all = Float32Array.from({ length: 200 }, (_, i) =>
      floatOf(bitsOf(delicate[i % delicate.length]!) + i),
    ).filter((x) => x >= lowest && x <= highest);
    const alone = all.map((x) => {
      clearRoom();
      const single = place("x", [x]);
      kernel(single.address, single.address, 1);
      return single.values[0]!;
    });
    for (const count of COUNTS) {
      clearRoom();
      const x = place("x", all.subarray(0, count));
      const result = placeResult(`${name} of ${count}`, count);
      kernel(result.address, x.address, count);
      expectOnlyWritten(result);
      expectIdentical(result, alone.subarray(0, count));
      kernel(x.address, x.address, count);
      expectOnlyWritten(x);
      expectIdentical(x, result.values);
    }
  });
}

/** Claims f(x) = expected for each pair [x, expected], in whichever lane x comes and whatever is beside it. */
export function claimValues(
  name: string,
  kernel: UnaryKernel["kernel"],
  pairs: readonly (readonly [number, number])[],
) {
  test(`${name}: special values`, () => {
    for (let rotation = 0; rotation < 4; rotation++) {
      clearRoom();
      const rotated = [...pairs.slice(rotation), ...pairs.slice(0, rotation)];
      const x = place(
        "x",
        rotated.map(([argument]) => argument),
      );
      const result = placeResult(name, rotated.length);
      kernel(result.address, x.address, rotated.length);
      expectOnlyWritten(result);
      expectIdentical(
        result,
        rotated.map(([, expected]) => expected),
        (i) => `x = ${numberText(rotated[i]![0])}`,
      );
    }
  });
}

/** Every SCAN_STEP-th float of the range, its limits, and the neighbours of the delicate arguments. */
function* chunks({ lowest, highest, delicate }: UnaryKernel): Generator<Float32Array> {
  yield new Float32Array([...delicate.flatMap((x) => neighbours(x, NEIGHBOURS)), lowest, highest]).filter(
    (x) => x >= Math.fround(lowest) && x <= Math.fround(highest),
  );
  if (lowest < 0) yield* everyNth(SIGN_BIT, bitsOf(lowest));
  yield* everyNth(bitsOf(Math.max(lowest, 0)), bitsOf(highest));
}

function* everyNth(first: number, last: number): Generator<Float32Array> {
  for (let start = first; start <= last; start += CHUNK * SCAN_STEP) {
    const count = Math.min(CHUNK, Math.floor((last - start) / SCAN_STEP) + 1);
    const patterns = Uint32Array.from({ length: count }, (_, i) => start + i * SCAN_STEP);
    yield new Float32Array(patterns.buffer);
  }
}

function neighbours(x: number, reach: number): number[] {
  const sign = bitsOf(x) & SIGN_BIT;
  const size = bitsOf(Math.abs(x));
  const from = Math.max(0, size - reach);
  return Array.from({ length: size + reach + 1 - from }, (_, i) => floatOf(sign | (from + i)));
}
