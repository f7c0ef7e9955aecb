import { expect, test } from "vitest";
import { normalQuantile } from "../../assembly/kernels/portable-math.ts";
import { RandomStream } from "../../src/core/random.ts";
import { expectIdentical, expectWithin } from "./comparison.ts";
import { kernels } from "./kernel-module.ts";
import { statedNumbers } from "./stated-numbers.ts";

const [relativeError] = statedNumbers(
  "assembly/kernels/portable-math.ts",
  /Relative error at most (\S+)\. Wichura/,
) as [number];

// of `centralArea` and `upperTail` below, which end in some roundings of their own
const CHECK_ERROR = 2e-15;

/** (word + ½) / 2³², as fillRandom asks for them; their complements are floats too. */
const unitOf = (word: number): number => (word + 0.5) / 2 ** 32;

const stream = new RandomStream(11, 0);
const WORDS = [
  // the ends, both sides of the middle, both sides of the change of formula at 0.075 and 0.925
  ...[0, 1, 2, 2 ** 32 - 2, 2 ** 32 - 1, 2 ** 31 - 1, 2 ** 31],
  ...[0.075, 0.925].flatMap((border) => [-1, 0, 1].map((near) => Math.floor(border * 2 ** 32) + near)),
  ...Array.from({ length: 20_000 }, () => stream.nextWord()),
  ...Array.from({ length: 20_000 }, () => stream.nextWord() >>> Math.floor(32 * stream.nextUnit())),
];
const PROBABILITIES = Float64Array.from(WORDS, unitOf);
const computed = { name: "normalQuantile", values: PROBABILITIES.map(normalQuantile) };

test("normalQuantile: the normal distribution below it is the probability, within the stated error", () => {
  // one Newton step from the quantile towards the exact one: its length is the error
  const exact = PROBABILITIES.map((probability, i) => {
    const z = computed.values[i]!;
    const size = Math.abs(z);
    const tail = Math.min(probability, 1 - probability);
    const excess = size < 1.5 ? 0.5 - tail - centralArea(size) : upperTail(size) - tail;
    return z + (Math.sign(z) * excess) / density(size);
  });
  const tolerance = (i: number) => (relativeError + CHECK_ERROR) * Math.abs(exact[i]!);
  expectWithin(computed, exact, tolerance, (i) => `probability ${PROBABILITIES[i]}`);
});

test("normalQuantile: ½ gives 0, and p and 1 - p give opposite numbers, to the bit", () => {
  expect(normalQuantile(0.5)).toBe(0);
  const mirrored = PROBABILITIES.map((probability) => -normalQuantile(1 - probability));
  expectIdentical(computed, mirrored, (i) => `probability ${PROBABILITIES[i]}`);
});

test("normalQuantile: a larger probability has a larger quantile", () => {
  const ascending = PROBABILITIES.toSorted();
  const quantiles = ascending.map(normalQuantile);
  const isFall = (i: number) => ascending[i]! > ascending[i - 1]! && !(quantiles[i]! > quantiles[i - 1]!);
  const falls = ascending.filter((_, i) => i > 0 && isFall(i));
  expect([...falls]).toEqual([]);
});

test("normalQuantile: module and host agree to the bit", () => {
  expectIdentical(computed, PROBABILITIES.map(kernels.normalQuantile), (i) => `probability ${PROBABILITIES[i]}`);
});

function density(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/** The area from 0 to z, by the series φ(z)·(z + z³/3 + z⁵/(3·5) + …), all of one sign. */
function centralArea(z: number): number {
  let term = z;
  let sum = z;
  for (let odd = 3; term > sum * 1e-18; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return density(z) * sum;
}

/** The area above z, by Laplace's continued fraction φ(z) / (z + 1/(z + 2/(z + 3/(z + …)))). */
function upperTail(z: number): number {
  let fraction = z;
  for (let depth = 300; depth >= 1; depth--) fraction = z + depth / fraction;
  return density(z) / fraction;
}
