import { describe, expect, test } from "vitest";
import { RandomStream } from "../../src/core/random.ts";
import { drawTokens, sample } from "../../src/sample/sampler.ts";
import { untilStop } from "../../src/sample/stop-strings.ts";
import { filterProbabilities, type SamplingSettings } from "../../src/sample/token-picker.ts";
import { createTrainer } from "../../src/train/trainer.ts";

const PROBABILITIES = [0.05, 0.4, 0.1, 0.25, 0.2];
const DRAWS = 100_000;

/** A model whose next token has always these probabilities. */
const { model } = await createTrainer("abcde", { hiddenSize: 2 });
model.engine.writeTensor("decoder.weight", new Float32Array(10));
model.engine.writeTensor("decoder.bias", PROBABILITIES.map(Math.log));

function countsOf(settings: SamplingSettings): number[] {
  const counts = new Array(5).fill(0);
  model.engine.samplerStep(0);
  for (const token of drawTokens(model.engine, DRAWS, settings, new RandomStream(3, 5))) counts[token]++;
  return counts;
}

/** Asserts by chi-square (p = 0.001) that tokens were drawn in these proportions, and none with proportion 0. */
function expectProportions(counts: readonly number[], proportions: readonly number[]): void {
  const total = proportions.reduce((sum, proportion) => sum + proportion);
  const draws = counts.reduce((sum, count) => sum + count);
  let chiSquare = 0;
  for (const [token, proportion] of proportions.entries()) {
    const expected = (draws * proportion) / total;
    if (expected === 0) expect(counts[token], `token ${token}`).toBe(0);
    else chiSquare += (counts[token]! - expected) ** 2 / expected;
  }
  expect(chiSquare, `counts ${counts.join(", ")}`).toBeLessThan(18.5); // 4 degrees of freedom
}

describe("filters keep their tokens, in proportion to their probabilities", () => {
  const cases: [string, SamplingSettings, number[]][] = [
    ["none", {}, PROBABILITIES],
    ["top-k 2", { topK: 2 }, [0, 0.4, 0, 0.25, 0]],
    ["top-k 99", { topK: 99 }, PROBABILITIES],
    ["top-p 0.5", { topP: 0.5 }, [0, 0.4, 0, 0.25, 0]],
    ["top-p 0.3", { topP: 0.3 }, [0, 1, 0, 0, 0]],
    ["top-p 0.9", { topP: 0.9 }, [0, 0.4, 0.1, 0.25, 0.2]],
    ["min-p 0.5", { minP: 0.5 }, [0, 0.4, 0, 0.25, 0.2]],
    ["min-p 1", { minP: 1 }, [0, 1, 0, 0, 0]],
    ["top-k 3, of which top-p 0.7", { topK: 3, topP: 0.7 }, [0, 0.4, 0, 0.25, 0]],
    ["temperature 0.5", { temperature: 0.5 }, PROBABILITIES.map((p) => p ** 2)],
    ["temperature 2", { temperature: 2 }, PROBABILITIES.map((p) => p ** 0.5)],
    ["temperature 1000", { temperature: 1000 }, PROBABILITIES.map((p) => p ** 0.001)],
    ["temperature 2 and top-k 3", { temperature: 2, topK: 3 }, [0, 0.4 ** 0.5, 0, 0.25 ** 0.5, 0.2 ** 0.5]],
    ["temperature 0", { temperature: 0 }, [0, 1, 0, 0, 0]],
  ];
  for (const [what, settings, proportions] of cases) {
    test(what, () => expectProportions(countsOf(settings), proportions));
    if (settings.temperature !== undefined) continue;
    test(`${what}: what is left of the probabilities can be seen`, () => {
      expect([...filterProbabilities(Float64Array.from(PROBABILITIES), settings)]).toEqual(
        proportions.map((p) => (p === 1 ? 0.4 : p)),
      );
    });
  }
});

test("a repetition penalty keeps the likeliest token from coming again and again", () => {
  const greedy = sample(model, { prime: "a", length: 12, temperature: 0 });
  expect(greedy).toBe("b".repeat(12));
  const penalized = sample(model, { prime: "a", length: 12, temperature: 0, repetitionPenalty: 1.6 });
  // -log p times 1.6 for each that has come: b (0.92 → 1.47), then d (1.39 → 2.22), then b again (1.47 < 1.61)
  expect(penalized.slice(0, 3)).toBe("bdb");
});

for (const [what, shift] of [
  ["negative logits are multiplied", -4],
  ["positive logits are divided", 4],
] as const) {
  test(`a repetition penalty draws by the penalized logits: ${what}`, () => {
    const penalty = 1.7;
    const logits = PROBABILITIES.map((p) => Math.log(p) + shift);
    expect(logits.every((logit) => Math.sign(logit) === Math.sign(shift))).toBe(true);
    model.engine.writeTensor("decoder.bias", logits);
    const pairs = PROBABILITIES.map(() => new Array<number>(5).fill(0)); // counts of the second token, by the first
    const random = new RandomStream(8, 5);
    for (let i = 0; i < DRAWS; i++) {
      model.engine.samplerStep(0);
      const [first, second] = drawTokens(model.engine, 2, { repetitionPenalty: penalty }, random);
      pairs[first!]![second!]!++;
    }
    model.engine.writeTensor("decoder.bias", PROBABILITIES.map(Math.log));
    const totals = pairs.map((counts) => counts.reduce((sum, count) => sum + count));
    expectProportions(totals, PROBABILITIES);
    for (const [first, counts] of pairs.entries()) {
      const penalized = logits.map((logit, i) => (i !== first ? logit : shift < 0 ? logit * penalty : logit / penalty));
      expectProportions(counts, penalized.map(Math.exp));
    }
  });
}

test("a repetition penalty forgets a token after 64 others", async () => {
  const characters = Array.from({ length: 70 }, (_, i) => String.fromCharCode(0x100 + i)).join("");
  const { model } = await createTrainer(characters, { hiddenSize: 2 });
  model.engine.writeTensor("decoder.weight", new Float32Array(140));
  model.engine.writeTensor("decoder.bias", new Float32Array(70).fill(1));
  const drawn = sample(model, { prime: "\u0100", temperature: 0, repetitionPenalty: 2, length: 140 });
  const cycle = characters.slice(0, 65); // the 65th has the first one's return before it
  expect(drawn).toBe((cycle + cycle + cycle).slice(0, 140));
});

test("the first draws of many seeds are by the probabilities too", () => {
  const counts = new Array<number>(5).fill(0);
  for (let seed = 0; seed < 10_000; seed++) counts["abcde".indexOf(sample(model, { prime: "a", length: 1, seed }))]!++;
  expectProportions(counts, PROBABILITIES);
});

test("seeds that differ in one bit, of either half, give different samples", () => {
  const drawn = (seed: number) => sample(model, { prime: "a", length: 40, seed });
  const seeds = [0, ...Array.from({ length: 53 }, (_, bit) => 2 ** bit), Number.MAX_SAFE_INTEGER];
  expect(new Set(seeds.map(drawn)).size).toBe(seeds.length);
  for (const seed of seeds) expect(drawn(seed)).toBe(drawn(seed));
});

test("of tokens that are equally likely the first is taken, greedily and by the filters", async () => {
  const { model } = await createTrainer("abcde", { hiddenSize: 2 });
  model.engine.writeTensor("decoder.weight", new Float32Array(10));
  model.engine.writeTensor("decoder.bias", [-1, 2, 0, 2, 2]);
  for (const settings of [{ temperature: 0 }, { topK: 1 }, { topP: 0.01 }]) {
    model.engine.samplerStep(0);
    const drawn = [...drawTokens(model.engine, 20, settings, new RandomStream(8, 1))];
    expect(new Set(drawn), JSON.stringify(settings)).toEqual(new Set([1]));
  }
});

describe("a sample ends before a stop string", () => {
  const cut = (text: string, ...stops: string[]) => [...untilStop([...text], stops)].join("");

  test("and holds nothing back that is none", () => {
    expect(cut("abcabd", "abd")).toBe("abc");
    expect(cut("aaab", "aab")).toBe("a");
    expect(cut("one\n\ntwo", "\n\n")).toBe("one");
    expect(cut("abcab", "abd")).toBe("abcab");
    expect(cut("abc")).toBe("abc");
    expect(cut("x\u{1F600}y", "\u{1F600}")).toBe("x");
  });

  test("the earliest to be complete, the longest of several", () => {
    expect(cut("abcdef", "ef", "cd")).toBe("ab");
    expect(cut("xabc", "bc", "abc")).toBe("x");
  });

  test("drawn from a model", () => {
    expect(sample(model, { prime: "a", length: 9, temperature: 0, stop: ["bbb"] })).toBe("");
    expect(() => sample(model, { stop: [""] })).toThrow(/^stop: expected texts of at least 1 character/);
  });
});

test("settings out of range are refused by name", () => {
  const cases: [SamplingSettings, RegExp][] = [
    [{ topK: -1 }, /^topK: expected a whole number/],
    [{ topP: 0 }, /^topP: expected a number above 0 up to 1, got 0$/],
    [{ minP: 1.5 }, /^minP: /],
    [{ repetitionPenalty: 0 }, /^repetitionPenalty: /],
  ];
  for (const [settings, message] of cases) expect(() => sample(model, settings)).toThrow(message);
});
