/** charloom/inference beside the whole library: the same texts, scores and refusals, from a smaller module. */

import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import * as inference from "../../src/inference.ts";
import { cells } from "../engine/engines.ts";

const TEXT = "how now, brown cow\nthe rain in Spain\n".repeat(9);

async function trained(fields: Partial<library.Recipe>) {
  const trainer = await library.createTrainer(TEXT, { hiddenSize: 11, sequenceLength: 10, ...fields });
  for (let i = 0; i < 60; i++) trainer.step();
  return { model: trainer.model, bytes: library.trainerToBytes(trainer) };
}

/** What a model says, as far as both can be asked. */
function sayings(asked: typeof inference, model: inference.TextModel) {
  const reader = new asked.TextReader(model);
  reader.feed("how n");
  const probabilities = [...reader.probabilities()];
  return {
    probabilities,
    samples: [1, 2].map((seed) => asked.sample(model, { seed, length: 60, prime: "the ", topP: 0.9 })),
    drawn: asked.sample(model, { length: 40, temperature: 0.8 }),
    next: asked.nextTokens(model, "bro", 4),
    score: asked.score(model, TEXT),
  };
}

describe("charloom/inference says what the library says, to the bit:", () => {
  for (const cell of cells) {
    for (const fields of [
      { cell },
      { cell, layers: 2, embeddingSize: 11, tied: true },
      { cell, layers: 2, batchSize: 3, bias: false },
      { cell, examples: "lines", lowercase: true },
    ] as const) {
      test(JSON.stringify(fields), async () => {
        const { bytes } = await trained(fields);
        const whole = await library.modelFromBytes(bytes);
        using small = await inference.modelFromBytes(bytes);
        expect(sayings(inference, small)).toEqual(sayings(library, whole));
      });
    }
  }
});

test("it takes less memory", async () => {
  const { bytes, model } = await trained({ hiddenSize: 150 });
  const { engine } = await inference.modelFromBytes(bytes);
  expect(engine.memoryBytes).toBeLessThan(model.engine.memoryBytes);
});

test("every name of charloom/inference is one of charloom, where all but a module's options and the reading are the same things", () => {
  const whole = new Map<string, unknown>(Object.entries(library));
  const others = Object.entries(inference).filter(([name, value]) => whole.get(name) !== value);
  expect(others.map(([name]) => name)).toEqual(["modelFromBytes"]);
});

test("it takes a module that the host compiled, and refuses another", async () => {
  const { bytes, model } = await trained({});
  const module = await WebAssembly.compile(await readFile("build/inference.wasm"));
  const small = await inference.modelFromBytes(bytes, "m", { module });
  expect(inference.score(small, TEXT)).toEqual(library.score(model, TEXT));
  const kernels = await WebAssembly.compile(await readFile("build/kernels.wasm"));
  await expect(inference.modelFromBytes(bytes, "m", { module: kernels })).rejects.toThrow(
    /^module: expected charloom\/inference\.wasm, got another module/, // of the host, and not of the file
  );
});

test("it refuses what the library refuses, with a FormatError", async () => {
  const { bytes } = await trained({});
  const text = new TextDecoder("latin1").decode(bytes);
  /** The file with a part of its metadata replaced by one of the same length. */
  const forged = (from: string, to: string) => {
    expect(text).toContain(from);
    return Uint8Array.from(text.replace(from, to.padEnd(from.length)), (character) => character.charCodeAt(0));
  };
  for (const [damaged, message] of [
    [bytes.subarray(0, bytes.length - 4), /m: /],
    [new Uint8Array(9), /m: /],
    [forged('\\"cell\\":\\"rnn\\"', '\\"cell\\":\\"xyz\\"'), /m: recipe: cell: expected/],
    [forged('\\"hiddenSize\\":11', '\\"hiddenSize\\":12'), /its recipe says hidden size 12, got \[11, 11\]/],
    [forged('\\"hiddenSize\\":11', '\\"hiddenSize\\":{}'), /m: recipe: hiddenSize: expected/],
  ] as const) {
    await expect(inference.modelFromBytes(damaged, "m")).rejects.toThrow(library.FormatError);
    await expect(inference.modelFromBytes(damaged, "m")).rejects.toThrow(message);
    await expect(library.modelFromBytes(damaged, "m")).rejects.toThrow(library.FormatError);
  }
});

test("it has no use for tokens that its vocabulary lacks, and one sampler, as the library has", async () => {
  const model = await inference.modelFromBytes((await trained({})).bytes);
  expect(() => inference.sample(model, { prime: "é" })).toThrow(inference.UnknownTokenError);
  expect(() => model.engine.samplerStep(99)).toThrow(inference.InvalidValueError);
  expect(() => model.engine.samplerProbabilities(-1)).toThrow(inference.InvalidValueError);
  expect(model.engine.readWorkspace("sampler.gates_l0").length).toBe(11);
  const first = inference.generate(model);
  first.next();
  inference.sample(model, { length: 1 });
  expect(() => first.next()).toThrow(inference.SamplerTakenError);
});
