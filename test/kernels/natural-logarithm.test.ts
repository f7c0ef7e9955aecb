import { test } from "vitest";
import { naturalLogarithm } from "../../assembly/kernels/portable-math.ts";
import { RandomStream } from "../../src/core/random.ts";
import { expectIdentical, expectWithin } from "./comparison.ts";
import { kernels } from "./kernel-module.ts";
import { statedNumbers } from "./stated-numbers.ts";

const [relativeError] = statedNumbers(
  "assembly/kernels/portable-math.ts",
  /Natural logarithm of a finite x > 0, within (\S+) relative/,
) as [number];

// V8's Math.log is within one unit in the last place
const MATH_LOG_ERROR = Number.EPSILON;

const stream = new RandomStream(7, 0);
const ARGUMENTS = Float64Array.from([
  1,
  Number.MIN_VALUE,
  Number.MAX_VALUE,
  Math.SQRT2,
  Math.SQRT1_2,
  ...Array.from({ length: 2000 }, (_, i) => 2 ** (i - 1000)),
  ...Array.from({ length: 50_000 }, () => stream.nextUnit()),
  ...Array.from({ length: 50_000 }, () => 2 ** (2000 * stream.nextUnit() - 1000)),
  ...Array.from({ length: 50_000 }, () => 1 + (stream.nextUnit() - 0.5) * 2 ** (-50 * stream.nextUnit())),
]);
const computed = { name: "naturalLogarithm", values: ARGUMENTS.map(naturalLogarithm) };

test("naturalLogarithm: within the stated error of Math.log", () => {
  const expected = ARGUMENTS.map(Math.log);
  const tolerance = (i: number) => (relativeError + MATH_LOG_ERROR) * Math.max(1, Math.abs(expected[i]!));
  expectWithin(computed, expected, tolerance, (i) => `x = ${ARGUMENTS[i]}`);
});

test("naturalLogarithm: module and host agree to the bit", () => {
  expectIdentical(computed, ARGUMENTS.map(kernels.naturalLogarithm), (i) => `x = ${ARGUMENTS[i]}`);
});
