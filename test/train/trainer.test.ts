import { expect, test } from "vitest";
import { InvalidTypeError } from "../../src/core/errors.ts";
import { parameterHash } from "../../src/model/parameter-hash.ts";
import { score } from "../../src/sample/score.ts";
import { DivergenceError } from "../../src/train/divergence.ts";
import { createTrainer } from "../../src/train/trainer.ts";
import { cells, optimizers } from "../engine/engines.ts";

const TEXT = "She sells sea shells by the sea shore.\n".repeat(30);

test("the smooth loss starts at log V and moves by a thousandth", async () => {
  const trainer = await createTrainer(TEXT);
  const first = trainer.step();
  const start = Math.log(trainer.model.vocabulary.size);
  expect(first.loss).toBeCloseTo(start, 2); // small weights guess uniformly
  expect(first.smoothLoss).toBeCloseTo(0.999 * start + 0.001 * first.loss, 12);
  const second = trainer.step();
  expect(second.smoothLoss).toBeCloseTo(0.999 * first.smoothLoss + 0.001 * second.loss, 12);
});

test("it learns: from guessing to less than half a nat", async () => {
  const trainer = await createTrainer(TEXT, { hiddenSize: 32 });
  let report = trainer.step();
  for (let i = 0; i < 2500; i++) report = trainer.step();
  expect(report.loss).toBeLessThan(0.5);
  expect(report.step).toBe(2501);
  expect(report.epoch).toBeCloseTo(2501 / 46, 0);
});

test("the same recipe gives the same parameters twice, another seed others; samples change nothing", async () => {
  const hash = async (seed: number, withSamples: boolean) => {
    const trainer = await createTrainer(TEXT, { seed, hiddenSize: 30 });
    for (let i = 0; i < 60; i++) {
      if (withSamples && i % 7 === 0) expect(trainer.sample(20)).toHaveLength(20);
      trainer.step();
    }
    return parameterHash(trainer.model.engine);
  };
  const reference = await hash(1, false);
  expect(reference).toMatch(/^[0-9a-f]{64}$/);
  expect(await hash(1, true)).toBe(reference);
  expect(await hash(2, false)).not.toBe(reference);
});

for (const cell of cells) {
  for (const optimizer of optimizers) {
    test(`${cell} with ${optimizer} learns, in layers, batches and with dropout`, async () => {
      const fields = { cell, optimizer, hiddenSize: 24, layers: 2, batchSize: 4, dropout: 0.1, loss: "mean" } as const;
      const initialization = { kind: "fan", scale: 1 } as const;
      const momentum = optimizer === "sgd" ? { momentum: 0.9, learningRate: 0.1 } : { learningRate: 0.01 };
      const trainer = await createTrainer(TEXT, { ...fields, ...momentum, initialization });
      const first = trainer.step().loss;
      let report = trainer.step();
      for (let i = 0; i < 250; i++) report = trainer.step();
      expect(report.loss).toBeLessThan(0.75 * first);
    });
  }
}

test("a model starts from the same bits as the engine's own initialization, whichever the engine", async () => {
  for (const kind of ["normal", "uniform"] as const) {
    const initialization = { kind, scale: 0.05 };
    const { model } = await createTrainer(TEXT, { initialization, seed: 12 });
    const before = await parameterHash(model.engine);
    model.engine.initializeParameters(initialization, 12);
    expect(await parameterHash(model.engine)).toBe(before);
    const js = await createTrainer(TEXT, { initialization, seed: 12, backend: "js" });
    expect(await parameterHash(js.model.engine)).toBe(before);
  }
});

for (const kind of ["fan", "pytorch"] as const) {
  test(`${kind} weights lie within ±1/√${kind === "fan" ? "(width read)" : "hidden, those of the input too"}`, async () => {
    const { model } = await createTrainer(TEXT, { cell: "lstm", hiddenSize: 25, initialization: { kind, scale: 1 } });
    const bounds = { "rnn.weight_ih_l0": kind === "fan" ? 14 : 25, "rnn.weight_hh_l0": 25, "decoder.weight": 25 };
    for (const [name, width] of Object.entries(bounds)) {
      const largest = Math.max(...model.engine.readTensor(name).map(Math.abs)) * Math.sqrt(width);
      expect(largest, name).toBeLessThanOrEqual(1);
      expect(largest, name).toBeGreaterThan(0.95);
    }
  });
}

test("gates start where their mean says: f, i and o of an LSTM, r and z of a GRU, and no others", async () => {
  const initialization = { kind: "normal", scale: 0.1, gateMean: 0.5 } as const;
  for (const [cell, means] of [
    ["lstm", [0.5, 0.5, 0, 0.5]],
    ["gru", [0.5, 0.5, 0]],
    ["rnn", [0]],
  ] as const) {
    const { model } = await createTrainer(TEXT, { cell, hiddenSize: 40, initialization });
    for (const name of ["rnn.weight_ih_l0", "rnn.weight_hh_l0"]) {
      const values = [...model.engine.readTensor(name)];
      const block = values.length / means.length;
      for (const [i, mean] of means.entries()) {
        const found = values.slice(i * block, (i + 1) * block).reduce((sum, value) => sum + value, 0) / block;
        expect(Math.abs(found - mean), `${cell} ${name}, block ${i}`).toBeLessThan(0.02);
      }
    }
    const decoder = [...model.engine.readTensor("decoder.weight")];
    expect(Math.abs(decoder.reduce((sum, value) => sum + value, 0) / decoder.length)).toBeLessThan(0.02);
  }
});

test("an LSTM's forget biases start where they are told", async () => {
  const { model } = await createTrainer(TEXT, { cell: "lstm", hiddenSize: 25, forgetBias: 1 });
  const bias = [...model.engine.readTensor("rnn.bias_ih_l0")];
  expect(bias).toEqual([...Array(25).fill(0), ...Array(25).fill(1), ...Array(50).fill(0)]);
});

test("an optimizer brings its own rate, which a field overrides", async () => {
  const rate = async (fields: object) => (await createTrainer(TEXT, fields)).step().learningRate;
  expect(await rate({})).toBe(0.1);
  expect(await rate({ optimizer: "adam" })).toBe(0.001);
  expect(await rate({ optimizer: "adam", learningRate: 0.5 })).toBe(0.5);
});

test("a text shorter than the sequence is trained with a shorter sequence", async () => {
  const trainer = await createTrainer("abcab");
  expect(trainer.model.recipe.sequenceLength).toBe(4);
  expect(trainer.step().loss).toBeCloseTo(Math.log(3), 1);
  const shortest = await createTrainer("aa");
  expect(shortest.step().loss).toBe(0);
});

test("texts that cannot be learnt from are refused", async () => {
  await expect(createTrainer("")).rejects.toThrow("text: expected at least 2 characters, got 0;");
  await expect(createTrainer("\u{1F600}")).rejects.toThrow("text: expected at least 2 characters, got 1;");
  await expect(createTrainer(5 as unknown as string)).rejects.toThrow(
    new InvalidTypeError("text: expected a string or a corpus, got number"),
  );
});

test("fields out of range are refused by name", async () => {
  const cases: [object, RegExp][] = [
    [{ hiddenSize: 0 }, /^hiddenSize: expected a whole number from 1 to 8192, got 0$/],
    [{ sequenceLength: 2.5 }, /^sequenceLength: /],
    [{ learningRate: Number.NaN }, /^learningRate: expected a number from 0 to 1000000, got NaN$/],
    [{ clipValue: 0 }, /^clipValue: /],
    [{ seed: 2 ** 53 }, /^seed: /],
    [{ backend: "gpu" }, /^backend: expected wasm or js, got "gpu"$/],
    [{ dropout: 1 }, /^dropout: expected a number from 0 to just below 1, got 1$/],
    [{ tied: true }, /^tied: expected an embedding as wide as the hidden size/],
    [{ optimizer: "magic" }, /^optimizer: expected adagrad or sgd/],
    [{ bias: 1 }, /^bias: expected true or false, got 1$/],
    [{ layers: 0 }, /^layers: /],
    [{ clipNorm: 0 }, /^clipNorm: /],
    [{ batchSize: 2000 }, /^text: expected at least 2001 characters for a batch of 2000/],
    [{ precision: "float64" }, /^precision: float64 needs the js backend/],
    [{ initialization: "normal" }, /^initialization: expected \{ kind, scale \}/],
    [{ cell: "tape" }, /^cell: expected rnn/],
    [{ hidden: 5 }, /^hidden: not a field of a recipe/],
  ];
  for (const [fields, message] of cases) await expect(createTrainer(TEXT, fields)).rejects.toThrow(message);
});

test("a loss that is no number ends the run and says at which step", async () => {
  const trainer = await createTrainer(TEXT, { hiddenSize: 8 });
  trainer.step();
  trainer.model.engine.writeTensor("decoder.bias", new Float32Array(trainer.model.vocabulary.size).fill(Number.NaN));
  expect(() => trainer.step()).toThrow(DivergenceError);
  expect(trainer.steps).toBe(2);
});

for (const batchSize of [1, 3]) {
  test(`validation is the loss of the text's last part, row by row from a zero state; batch of ${batchSize}`, async () => {
    const fields = { cell: "lstm", hiddenSize: 12, batchSize, sequenceLength: 7, dropout: 0.5, layers: 2 } as const;
    const trainer = await createTrainer(TEXT, { ...fields, validationFraction: 0.1 });
    const undisturbed = await createTrainer(TEXT, { ...fields, validationFraction: 0.1 });
    for (let i = 0; i < 20; i++) {
      trainer.step();
      undisturbed.step();
      trainer.validate(); // changes nothing
    }
    expect(await parameterHash(trainer.model.engine)).toBe(await parameterHash(undisturbed.model.engine));
    const kept = TEXT.slice(-117);
    expect(trainer.model.vocabulary.decode(trainer.validation!.tokens)).toBe(kept);
    expect(trainer.training.tokens.length + 117).toBe(TEXT.length);
    const rowLength = Math.floor(116 / batchSize);
    let nats = 0;
    for (let row = 0; row < batchSize; row++) {
      nats += score(trainer.model, kept.slice(row * rowLength, (row + 1) * rowLength + 1)).nats;
    }
    expect(trainer.validate()).toBeCloseTo(nats / (rowLength * batchSize), 5);
  });
}

test("without a validation part there is no validation loss, and one too small is refused", async () => {
  expect((await createTrainer(TEXT)).validate()).toBeUndefined();
  await expect(createTrainer(TEXT, { validationFraction: 0.001 })).rejects.toThrow(
    "validationFraction: expected at least 2 characters to validate on, got 1",
  );
});
