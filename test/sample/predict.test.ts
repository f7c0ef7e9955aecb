import { expect, test } from "vitest";
import { InvalidValueError } from "../../src/core/errors.ts";
import type { LanguageModel } from "../../src/model/language-model.ts";
import type { Recipe } from "../../src/model/recipe.ts";
import { completeLine, nextTokens, predict } from "../../src/sample/predict.ts";
import { sample } from "../../src/sample/sampler.ts";
import { TextReader } from "../../src/sample/text-reader.ts";
import { createTrainer } from "../../src/train/trainer.ts";
import { cells } from "../engine/engines.ts";

const NAMES = "Mary-Ann Lee\nÉdith\nbob dylan";

async function trained(text: string, fields: Partial<Recipe>, steps = 400): Promise<LanguageModel> {
  const recipe = { hiddenSize: 20, initialization: { kind: "fan", scale: 1 }, ...fields } as const;
  const trainer = await createTrainer(text, recipe);
  for (let i = 0; i < steps; i++) trainer.step();
  return trainer.model;
}

const lines = await trained(NAMES, { examples: "lines", lowercase: true });
const cased = await trained(NAMES, { examples: "lines" });
const stream = await trained("abcd".repeat(20), {});
const streamOfLines = await trained("abcd\n".repeat(20), {});
const words = await trained("so it goes\nand so it went", { unit: "word", examples: "lines" });

for (const cell of cells) {
  test(`${cell}: greedy sampling takes the likeliest token each time, and is what predict and nextTokens say`, async () => {
    const model = await trained("how now, brown cow\n".repeat(9), { cell }, 60);
    const drawn = sample(model, { prime: "h", temperature: 0, length: 40 });
    const text = `h${drawn}`;
    const reader = new TextReader(model);
    for (const [i, character] of [...drawn].entries()) {
      reader.feed(text[i]!);
      const logits = reader.logits();
      expect(logits[model.vocabulary.indexOf(character)!], `character ${i + 1}`).toBe(Math.max(...logits));
    }
    const predictions = predict(model, text.slice(0, -1));
    expect(predictions.map(({ token }) => token).join("")).toBe(text.slice(0, -1));
    expect(predictions.map(({ next }) => next.token).join("")).toBe(drawn);
    expect(nextTokens(model, text.slice(0, -1), 1)).toEqual([predictions.at(-1)!.next]);
  });
}

test("nextTokens are the likeliest of all tokens, the likeliest first, with the reader's probabilities", () => {
  const all = nextTokens(stream, "ab", 99);
  expect(all.map(({ token }) => token).sort()).toEqual(["a", "b", "c", "d"]);
  expect(all[0]!.token).toBe("c");
  const reader = new TextReader(stream);
  reader.feed("ab");
  const probabilities = reader.probabilities();
  for (const [i, { token, probability }] of all.entries()) {
    expect(probability).toBe(probabilities[stream.vocabulary.indexOf(token)!]);
    if (i > 0) expect(probability).toBeLessThanOrEqual(all[i - 1]!.probability);
  }
  expect(nextTokens(stream, "ab", 2)).toEqual(all.slice(0, 2));
});

test("of equally likely tokens nextTokens names the first of the vocabulary first", async () => {
  const { model } = await createTrainer("badc", { hiddenSize: 2 });
  model.engine.writeTensor("decoder.weight", new Float32Array(8));
  expect(nextTokens(model, "b", 4)).toEqual([..."abcd"].map((token) => ({ token, probability: 0.25 })));
});

test("an empty text asks what begins a line, where line breaks are tokens", () => {
  expect(nextTokens(lines, "", 3).map(({ token }) => token)).toEqual(expect.arrayContaining(["m", "é", "b"]));
  expect(nextTokens(streamOfLines, "", 1)[0]!.token).toBe("a");
  for (const model of [stream, words]) {
    expect(() => nextTokens(model, "", 1)).toThrow(new InvalidValueError("text: expected at least 1 token, got none"));
  }
});

test("predict and nextTokens read words as words", () => {
  expect(predict(words, " so  it\n").map(({ token, next }) => [token, next.token])).toEqual([
    ["so", "it"],
    ["it", expect.stringMatching(/^(goes|went)$/)],
  ]);
  expect(nextTokens(words, "and so it", 1)[0]!.token).toBe("went");
});

test("predict and nextTokens of a model of lines read a line break first", () => {
  const reader = new TextReader(lines);
  reader.feed("\nm");
  const largest = Math.max(...reader.probabilities());
  expect(predict(lines, "M")[0]!.next.probability).toBe(largest);
  expect(nextTokens(lines, "M", 1)[0]!.probability).toBe(largest);
});

test("unknown tokens are refused, or skipped on demand, and a text of nothing else is empty", () => {
  expect(() => predict(stream, "abz")).toThrow('text: "z" (U+007A), character 3');
  expect(() => nextTokens(words, "so what", 1)).toThrow('text: "what", word 2');
  expect(predict(stream, "azb", "skip")).toEqual(predict(stream, "ab"));
  expect(nextTokens(stream, "azb", 2, "skip")).toEqual(nextTokens(stream, "ab", 2));
  expect(() => predict(stream, "zzz", "skip")).toThrow(
    new InvalidValueError("text: expected at least 1 token, got none"),
  );
  expect(() => predict(stream, "")).toThrow(new InvalidValueError("text: expected at least 1 token, got none"));
});

test("completeLine gives the rest of the line, in title case where the model reads lower case", () => {
  expect(completeLine(lines, "mar")).toBe("Mary-Ann Lee");
  expect(completeLine(lines, "MARY-")).toBe("Mary-Ann Lee");
  expect(completeLine(lines, "é")).toBe("Édith");
  expect(completeLine(lines, "É")).toBe("Édith");
  expect(completeLine(lines, "bob ")).toBe("Bob Dylan");
  expect(completeLine(lines, "bob dylan")).toBe("Bob Dylan");
  expect(completeLine(cased, "bob ")).toBe("bob dylan");
  expect(completeLine(cased, "Mar")).toBe("Mary-Ann Lee");
});

test("completeLine begins with any text, and with nothing", () => {
  expect(["Mary-Ann Lee", "Édith", "Bob Dylan"]).toContain(completeLine(lines, ""));
  expect(completeLine(lines, "Mary", { length: 4 })).toBe("Mary-Ann");
  expect(completeLine(lines, "Mary", { length: 0 })).toBe("Mary");
  expect(completeLine(lines, "Mary", { stop: [" "] })).toBe("Mary-Ann");
  const drawn = (seed: number) => completeLine(cased, "M", { temperature: 3, seed });
  expect(drawn(1)).toBe(drawn(1));
  expect(drawn(1)).not.toBe(drawn(2));
});

test("completeLine refuses models of a continuous text or of words, and unknown characters", () => {
  const message = "model: expected one of lines of characters or bytes, got one of a continuous text or of words";
  for (const model of [stream, streamOfLines, words]) {
    expect(() => completeLine(model, "a")).toThrow(new InvalidValueError(message));
  }
  expect(() => completeLine(cased, "Max")).toThrow('prime: "x" (U+0078), character 3');
  expect(completeLine(cased, "Maxry", { unknown: "skip" })).toBe("Mary-Ann Lee");
});

test("completeLine of bytes completes characters of several bytes", async () => {
  const model = await trained(NAMES, { unit: "byte", examples: "lines" });
  expect(completeLine(model, "É")).toBe("Édith");
  expect(completeLine(model, "Mary")).toBe("Mary-Ann Lee");
});
