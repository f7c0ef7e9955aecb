import { expect, test } from "vitest";
import type { LanguageModel } from "../../src/model/language-model.ts";
import type { Recipe } from "../../src/model/recipe.ts";
import { sample } from "../../src/sample/sampler.ts";
import { score } from "../../src/sample/score.ts";
import { TextReader } from "../../src/sample/text-reader.ts";
import { createTrainer } from "../../src/train/trainer.ts";
import { cells } from "../engine/engines.ts";

const TEXT = "how now, brown cow\n".repeat(9);
const BACKENDS = ["wasm", "js"] as const;

async function trained(fields: Partial<Recipe>): Promise<LanguageModel> {
  const recipe = { hiddenSize: 9, layers: 2, initialization: { kind: "normal", scale: 0.5 }, ...fields } as const;
  const trainer = await createTrainer(TEXT, recipe);
  for (let i = 0; i < 30; i++) trainer.step();
  return trainer.model;
}

/** All that a reader says while it reads a text. */
function heard(reader: TextReader, text: string): number[][] {
  return [...text].map((character) => {
    reader.feed(character);
    return [...reader.logits(), ...reader.probabilities(), ...reader.probabilities(0.5)];
  });
}

for (const cell of cells) {
  for (const backend of BACKENDS) {
    test(`${backend} ${cell}: a saved state goes on to the bit, in this reader and in others of the model`, async () => {
      const model = await trained({ cell, backend });
      const reader = new TextReader(model);
      reader.feed("how now");
      const saved = reader.save();
      const copy = structuredClone(saved);
      const [logits, probabilities] = [reader.logits(), reader.probabilities()];
      const expected = heard(reader, ", brown");
      reader.feed("wwww");
      expect(saved, "the saved state is a copy").toEqual(copy);
      reader.restore(saved);
      expect(reader.save()).toEqual(saved);
      expect(reader.logits()).toEqual(logits);
      expect(reader.probabilities()).toEqual(probabilities);
      expect(heard(reader, ", brown")).toEqual(expected);
      sample(model, { length: 20 });
      const other = new TextReader(model);
      other.restore(saved);
      expect(other.probabilities()).toEqual(probabilities);
      expect(heard(other, ", brown")).toEqual(expected);
    });
  }
}

test("a reader starts from a zero state, whoever had the sampler before", async () => {
  for (const backend of BACKENDS) {
    const model = await trained({ cell: "lstm", backend });
    const first = heard(new TextReader(model), "how");
    sample(model, { length: 9 });
    expect(heard(new TextReader(model), "how")).toEqual(first);
  }
});

test("a text in pieces is the text at once, token by token too", async () => {
  const model = await trained({});
  const whole = heard(new TextReader(model), "how now");
  const reader = new TextReader(model);
  reader.feed("how");
  reader.feed("");
  for (const token of model.vocabulary.encode(" now")) reader.feedToken(token);
  expect([...reader.logits(), ...reader.probabilities(), ...reader.probabilities(0.5)]).toEqual(whole.at(-1));
});

test("what a reader expects is what a score is made of", async () => {
  const model = await trained({ cell: "gru" });
  const reader = new TextReader(model);
  let nats = 0;
  for (const [i, character] of [..."how now"].entries()) {
    if (i > 0) nats -= Math.log(reader.probabilities()[model.vocabulary.indexOf(character)!]!);
    reader.feed(character);
  }
  expect(score(model, "how now").nats / nats).toBeCloseTo(1, 6);
});

test("logits and probabilities are copies, and a look changes nothing", async () => {
  for (const backend of BACKENDS) {
    const model = await trained({ backend });
    const reader = new TextReader(model);
    reader.feed("h");
    const [logits, probabilities] = [reader.logits(), reader.probabilities()];
    const copies = [logits.slice(), probabilities.slice()];
    const expected = heard(new TextReader(model), "ho").at(-1);
    const again = new TextReader(model);
    again.feed("h");
    again.logits().fill(7);
    again.probabilities(2).fill(7);
    expect([again.logits(), again.probabilities()]).toEqual(copies);
    expect(heard(again, "o")[0]).toEqual(expected);
    expect([logits, probabilities]).toEqual(copies);
    expect([...probabilities].reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
  }
});

test("a reader of a model in lower case reads capitals as such", async () => {
  const model = await trained({ lowercase: true });
  expect(heard(new TextReader(model), "HOW")).toEqual(heard(new TextReader(model), "how"));
});

test("unknown characters and tokens out of range are refused, and the reader goes on from where it was", async () => {
  for (const backend of BACKENDS) {
    const model = await trained({ backend });
    const reader = new TextReader(model);
    reader.feed("ho");
    const before = reader.save();
    expect(() => reader.feed("wé")).toThrow('text: "é" (U+00E9), character 2, is not in the model\'s vocabulary of');
    for (const token of [-1, model.vocabulary.size, 0.5, Number.NaN]) {
      expect(() => reader.feedToken(token)).toThrow(`token: expected a whole number from 0 to`);
    }
    expect(reader.save()).toEqual(before);
    reader.feed("w");
    const probabilities = [...reader.probabilities()];
    const all = new TextReader(model);
    all.feed("how");
    expect(probabilities).toEqual([...all.probabilities()]);
  }
});

test("a state of another model is refused", async () => {
  const small = new TextReader(await trained({}));
  small.feed("how");
  const wide = new TextReader(await trained({ hiddenSize: 10 }));
  wide.feed("how");
  expect(() => wide.restore(small.save())).toThrow(/expected 10 values, got 9/);
  const gated = new TextReader(await trained({ cell: "lstm" }));
  expect(() => small.restore(gated.save())).toThrow(RangeError);
});
