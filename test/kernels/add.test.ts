import { test } from "vitest";
import { expectIdentical } from "./comparison.ts";
import { LARGEST_FLOAT } from "./float32.ts";
import { COUNTS, randomFloats } from "./inputs.ts";
import { clearRoom, expectOnlyWritten, kernels, place, placeResult } from "./kernel-module.ts";

test("add: each sum rounded once, for any count, and nothing else is written", () => {
  for (const count of COUNTS) {
    clearRoom();
    const a = place("a", randomFloats(count, 1));
    const b = place("b", randomFloats(count, 2, 100));
    const result = placeResult(`add of ${count}`, count);
    kernels.add(result.address, a.address, b.address, count);
    expectOnlyWritten(result);
    expectIdentical(result, sums(a.values, b.values));
  }
});

test("add: in place over either operand, or both", () => {
  for (const count of COUNTS) {
    const first = randomFloats(count, 1);
    const second = randomFloats(count, 2);
    clearRoom();
    const a = place("a", first);
    const b = place("b", second);
    kernels.add(a.address, a.address, b.address, count);
    expectOnlyWritten(a);
    expectIdentical(a, sums(first, second));
    kernels.add(b.address, a.address, b.address, count);
    expectOnlyWritten(b);
    expectIdentical(b, sums(a.values, second));
    const doubled = sums(a.values, a.values);
    kernels.add(a.address, a.address, a.address, count);
    expectOnlyWritten(a);
    expectIdentical(a, doubled);
  }
});

test("add: NaN, ±Inf, overflow and signed zeros as in IEEE, each in its own element", () => {
  const special = [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    LARGEST_FLOAT,
    -LARGEST_FLOAT,
    0,
    -0,
  ];
  const pairs = special.flatMap((a) => special.map((b) => [a, b] as const));
  clearRoom();
  const a = place(
    "a",
    pairs.map(([first]) => first),
  );
  const b = place(
    "b",
    pairs.map(([, second]) => second),
  );
  const expected = sums(a.values, b.values);
  kernels.add(a.address, a.address, b.address, pairs.length);
  expectIdentical(a, expected, (i) => pairs[i]!.join(" + "));
});

function sums(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value + b[i]!);
}
