import { describe, expect, test } from "vitest";
import { RandomStream } from "../../src/core/random.ts";
import { drawTokens, generate, sample } from "../../src/sample/sampler.ts";
import { createTrainer } from "../../src/train/trainer.ts";

const TEXT = "abcdefgh\n".repeat(60);
const trainer = await createTrainer(TEXT, { hiddenSize: 16 });
for (let i = 0; i < 400; i++) trainer.step();
const { model } = trainer;

describe("sampling", () => {
  test("greedy goes on with what was learnt", () => {
    expect(sample(model, { prime: "ab", temperature: 0, length: 12 })).toBe("cdefgh\nabcde");
  });

  test("the same seed gives the same text, another seed another", () => {
    const drawn = (seed: number) => sample(model, { seed, temperature: 3, length: 80 });
    expect(drawn(4)).toBe(drawn(4));
    expect(drawn(4)).not.toBe(drawn(5));
  });

  test("draws by the probabilities: chi-square over 100,000 draws", async () => {
    const { model } = await createTrainer("abcdefgh\n", { hiddenSize: 5 });
    const logits = [0, 1, -1, 2, 0.5, -2, 0, 1.5, -30];
    model.engine.writeTensor("decoder.weight", new Float32Array(45));
    model.engine.writeTensor("decoder.bias", logits);
    for (const temperature of [1, 0.5]) {
      const terms = logits.map((logit) => Math.exp(logit / temperature));
      const total = terms.reduce((sum, term) => sum + term);
      const draws = 100_000;
      const counts = new Array(9).fill(0);
      model.engine.samplerStep(0);
      for (const token of drawTokens(model.engine, draws, { temperature }, new RandomStream(1, 5))) counts[token]++;
      let chiSquare = 0;
      for (let i = 0; i < 8; i++) {
        const expected = (draws * terms[i]!) / total;
        chiSquare += (counts[i] - expected) ** 2 / expected;
      }
      expect(counts[8]).toBe(0);
      expect(chiSquare).toBeLessThan(24.3); // 7 degrees of freedom, p = 0.001
    }
  });

  test("an unknown character of the prime is an error, or skipped on demand", () => {
    expect(() => sample(model, { prime: "aé" })).toThrow('prime: "é" (U+00E9), character 2');
    expect(sample(model, { prime: "aéb", temperature: 0, length: 3, unknown: "skip" })).toBe("cde");
  });

  test("a text without line breaks starts with any of its characters, which is part of the sample", async () => {
    const { model } = await createTrainer("xyz".repeat(20), { hiddenSize: 3 });
    const starts = new Set(Array.from({ length: 40 }, (_, seed) => sample(model, { seed, length: 1 })));
    expect(starts).toEqual(new Set(["x", "y", "z"]));
    expect(sample(model, { length: 0 })).toBe("");
  });

  test("an endless stream is taken as far as wanted", () => {
    let text = "";
    for (const character of generate(model, { length: Number.POSITIVE_INFINITY })) {
      text += character;
      if (text.length === 1000) break;
    }
    expect(text).toHaveLength(1000);
  });

  test("a second sample on the same model ends the first with a clear error", () => {
    const first = generate(model, { length: 10 });
    first.next();
    sample(model, { length: 2 });
    expect(() => first.next()).toThrow("sampler: another sample was started on this model; finish one before the next");
  });

  test("options out of range are refused by name", () => {
    expect(() => sample(model, { temperature: -1 })).toThrow(/^temperature: expected 0/);
    expect(() => sample(model, { temperature: Number.NaN })).toThrow(RangeError);
    expect(() => sample(model, { temperature: 1e-9 })).toThrow(RangeError);
    expect(() => sample(model, { length: 1.5 })).toThrow(/^length: expected a whole number/);
    expect(() => sample(model, { length: Number.POSITIVE_INFINITY })).toThrow(/use generate/);
    expect(() => sample(model, { seed: -1 })).toThrow(/^seed: expected a whole number/);
  });
});
