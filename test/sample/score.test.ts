import { expect, test } from "vitest";
import { score, scoreTokens } from "../../src/sample/score.ts";
import { createTrainer } from "../../src/train/trainer.ts";
import { cells } from "../engine/engines.ts";

const TEXT = "so it goes, and so it went, and so it will go on\n".repeat(20);

test("a score is the loss of the same text as one chunk from a zero state", async () => {
  for (const cell of cells) {
    const trainer = await createTrainer(TEXT, { cell, hiddenSize: 20, sequenceLength: 60 });
    for (let i = 0; i < 50; i++) trainer.step();
    const { engine, vocabulary } = trainer.model;
    const tokens = vocabulary.encode(TEXT.slice(0, 61));
    engine.resetState();
    const { loss } = engine.lossAndGradients(tokens.subarray(0, 60), tokens.subarray(1));
    const found = score(trainer.model, TEXT.slice(0, 61));
    expect(found.nats / loss).toBeCloseTo(1, 6);
    expect(found.tokens).toBe(60);
    expect(found.natsPerToken).toBe(found.nats / 60);
    expect(found.bitsPerToken).toBeCloseTo(found.natsPerToken * Math.LOG2E, 12);
    expect(found.perplexity).toBeCloseTo(Math.exp(found.natsPerToken), 12);
    const sum = [...scoreTokens(trainer.model, TEXT.slice(0, 61))].reduce((total, { nats }) => total + nats, 0);
    expect(sum).toBe(found.nats);
  }
});

test("a character too unlikely for a float still has its surprise", async () => {
  const { model } = await createTrainer("abab", { hiddenSize: 3 });
  model.engine.writeTensor("decoder.weight", new Float32Array(6));
  model.engine.writeTensor("decoder.bias", [500, 0]);
  expect([...scoreTokens(model, "aab")].map(({ nats }) => nats)).toEqual([0, 500]);
});

test("a text of one character, or with unknown ones, is refused", async () => {
  const { model } = await createTrainer("abab", { hiddenSize: 3 });
  expect(() => score(model, "a")).toThrow("text: expected at least 2 characters, got 1");
  expect(() => score(model, "abc")).toThrow('text: "c" (U+0063), character 3');
});
