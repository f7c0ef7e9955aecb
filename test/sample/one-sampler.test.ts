/** A model has one sampler: whoever starts last has it, all others end with an Error and change nothing. */

import { expect, test } from "vitest";
import type { LanguageModel } from "../../src/model/language-model.ts";
import type { Recipe } from "../../src/model/recipe.ts";
import { completeLine, nextTokens, predict } from "../../src/sample/predict.ts";
import { generate, sample } from "../../src/sample/sampler.ts";
import { score, scoreTokens } from "../../src/sample/score.ts";
import { TextReader } from "../../src/sample/text-reader.ts";
import { createTrainer, type Trainer } from "../../src/train/trainer.ts";

const STREAM = "how now, brown cow\n".repeat(4);
/** Weights so large that every token of the past shows in the probabilities. */
const RECIPE: Partial<Recipe> = { hiddenSize: 8, initialization: { kind: "normal", scale: 0.7 } };

/** Who goes on with the sampler after having handed something out. */
const USERS: Record<string, [text: string, Partial<Recipe>, (trainer: Trainer) => Iterator<unknown>]> = {
  "a sample": [STREAM, {}, ({ model }) => generate(model, { length: 6 })],
  "a sample that begins with any token": ["xyz".repeat(9), {}, ({ model }) => generate(model, { length: 6 })],
  "a sample of words": [STREAM, { unit: "word" }, ({ model }) => generate(model, { prime: "now,", length: 6 })],
  "a sample of line after line": [
    STREAM,
    { examples: "lines" },
    ({ model }) => generate(model, { length: Number.POSITIVE_INFINITY, seed: 2 }),
  ],
  "a score": [STREAM, {}, ({ model }) => scoreTokens(model, "how now")],
  "a score of lines": [STREAM, { examples: "lines" }, ({ model }) => scoreTokens(model, "how\nnow\ncow")],
  "a trainer's sample": [STREAM, {}, (trainer) => trainer.generate(6)],
  "a trainer's sample of lines": [STREAM, { examples: "lines" }, (trainer) => trainer.generate(40)],
  "a trainer's sample of words": [STREAM, { examples: "lines", unit: "word" }, (trainer) => trainer.generate(6)],
};

for (const [name, [text, fields, start]] of Object.entries(USERS)) {
  test(`${name} ends with an Error wherever a reader takes the sampler, and leaves the reader alone`, async () => {
    const trainer = await createTrainer(text, { ...RECIPE, ...fields });
    const { model } = trainer;
    const heard = expectation(model);
    const pieces = (handedOut: number) => {
      const user = start(trainer);
      for (let i = 0; i < handedOut; i++) if (user.next().done) return undefined;
      return user;
    };
    for (let handedOut = 1; handedOut <= 40; handedOut++) {
      const user = pieces(handedOut);
      if (user === undefined) break;
      const reader = new TextReader(model);
      reader.feedToken(1);
      expectEnd(user);
      reader.feedToken(0);
      expect([...reader.probabilities()], `after ${handedOut} pieces`).toEqual(heard);
      expect(user.next()).toEqual({ done: true, value: undefined });
    }
    expect(pieces(3), "three pieces at least").toBeDefined();
  });
}

test("a reader ends with an Error wherever a sample, a score, a prediction or another reader starts", async () => {
  const { model } = await createTrainer(STREAM, { ...RECIPE, examples: "lines" });
  const takers: Record<string, () => unknown> = {
    generate: () => generate(model, { length: 3 }).next(),
    sample: () => sample(model, { length: 3 }),
    score: () => score(model, "how"),
    predict: () => predict(model, "how"),
    nextTokens: () => nextTokens(model, "how", 1),
    completeLine: () => completeLine(model, "how"),
    TextReader: () => new TextReader(model),
  };
  for (const [name, take] of Object.entries(takers)) {
    const reader = new TextReader(model);
    reader.feed("how");
    const state = reader.save();
    take();
    const uses = {
      feed: () => reader.feed("n"),
      feedToken: () => reader.feedToken(0),
      logits: () => reader.logits(),
      probabilities: () => reader.probabilities(),
      save: () => reader.save(),
      restore: () => reader.restore(state),
    };
    for (const [use, call] of Object.entries(uses)) {
      expect(call, `${use} after ${name}`).toThrow("sampler: another sample was started on this model");
    }
  }
});

/** The probabilities after tokens 1 and 0. */
function expectation(model: LanguageModel): number[] {
  const reader = new TextReader(model);
  reader.feedToken(1);
  reader.feedToken(0);
  return [...reader.probabilities()];
}

/** Asks a user that has lost the sampler to go on: an Error, or the end where all had been handed out. */
function expectEnd(user: Iterator<unknown>): void {
  let result: IteratorResult<unknown>;
  try {
    result = user.next();
  } catch (error) {
    expect((error as Error).message).toMatch(/^sampler: another sample was started on this model/);
    return;
  }
  expect(result, "what was handed out without the sampler").toEqual({ done: true, value: undefined });
}

test("a step ends a trainer's sample with an Error, and what follows is the sample of the trained model", async () => {
  const trainer = await createTrainer(STREAM, RECIPE);
  const alone = await createTrainer(STREAM, RECIPE);
  const interrupted = trainer.generate(9);
  interrupted.next();
  alone.sample(1);
  expect(trainer.step()).toEqual(alone.step());
  expect(() => interrupted.next()).toThrow("sampler: the model was trained meanwhile; finish a sample, then step");
  expect(trainer.sample(9)).toBe(alone.sample(9));
});

test("a trainer's sample of words has the length asked for, its first word included", async () => {
  const trainer = await createTrainer(STREAM, { ...RECIPE, examples: "lines", unit: "word" });
  for (const length of [0, 1, 5]) expect([...trainer.generate(length)]).toHaveLength(length);
});
