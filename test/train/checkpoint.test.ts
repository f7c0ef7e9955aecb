/** N + M steps leave the same file as N steps, a checkpoint, another trainer that takes it up, and M steps: to the byte. */

import { describe, expect, test } from "vitest";
import { builtinCorpus } from "../../src/data/builtin-corpora.ts";
import { corpusOf } from "../../src/data/corpus.ts";
import { modelFromBytes, modelToBytes } from "../../src/formats/model-file.ts";
import { FormatError, parseSafetensors, readFloats, writeSafetensors } from "../../src/formats/safetensors.ts";
import type { HostOptions } from "../../src/model/language-model.ts";
import { parameterHash } from "../../src/model/parameter-hash.ts";
import { PRESETS } from "../../src/model/presets.ts";
import { completeRecipe, type Recipe, SCHEDULES, type Schedule } from "../../src/model/recipe.ts";
import {
  corpusSettings,
  openCheckpoint,
  resumeRun,
  resumeTrainer,
  trainerToBytes,
} from "../../src/train/checkpoint.ts";
import { DivergenceGuard } from "../../src/train/divergence-guard.ts";
import { EarlyStopping } from "../../src/train/early-stopping.ts";
import { createTrainer, type Trainer } from "../../src/train/trainer.ts";
import { cells, fuses, optimizers } from "../engine/engines.ts";

const TEXT = "She sells\nsea shells\nby\nthe shore of the wide sea,\nand she\nis sure\n".repeat(3);
/** Everything that keeps something from step to step: layers, batch, masks, momentum, a part to validate on. */
const RECIPE: Partial<Recipe> = {
  hiddenSize: 5,
  layers: 2,
  embeddingSize: 3,
  batchSize: 2,
  sequenceLength: 6,
  dropout: 0.3,
  momentum: 0.5,
  weightDecay: 1e-3,
  clipNorm: 5,
  validationFraction: 0.2,
  initialization: { kind: "fan", scale: 1 },
};
const READINGS: Record<string, Partial<Recipe>> = {
  "a stream": {},
  "shuffled lines": { examples: "lines", order: "shuffle" },
  "words of lines": { unit: "word", examples: "lines" },
};
/** Within the first pass of either kind of text, and in the middle of a line's chunks; beyond its end. */
const N = 8;
const M = 25;

function steps(trainer: Trainer, count: number): Trainer {
  for (let i = 0; i < count; i++) trainer.step();
  return trainer;
}

async function expectSameFile(text: string, fields: Partial<Recipe>, host: HostOptions = {}, n = N, m = M) {
  const expected = trainerToBytes(steps(await createTrainer(text, fields), n + m));
  const bytes = trainerToBytes(steps(await createTrainer(text, fields), n));
  const again = await resumeTrainer(bytes, text, { host });
  // toEqual would take seconds over the bytes of a large model
  expect(Buffer.compare(trainerToBytes(again), bytes), "taken up and put down: 0 for the same bytes").toBe(0);
  const found = trainerToBytes(steps(again, m));
  again.model.engine.dispose();
  expect(Buffer.compare(found, expected), "0 for the same bytes").toBe(0);
}

for (const [reading, fields] of Object.entries(READINGS)) {
  for (const cell of cells) {
    for (const optimizer of optimizers) {
      test(`${cell} with ${optimizer}, ${reading}: a resumed run leaves the same file`, async () => {
        await expectSameFile(TEXT, { ...RECIPE, ...fields, cell, optimizer });
      });
    }
  }
}

for (const [name, fields] of Object.entries<Partial<Recipe>>({
  "js float32": { backend: "js" },
  "js float64": { backend: "js", precision: "float64" },
  "bytes, no biases": { unit: "byte", bias: false },
  "a tied embedding": { embeddingSize: 5, tied: true },
  "lower case, folded words": { unit: "word", lowercase: true, minCount: 4, limit: 30 },
  ...(fuses ? { fused: { numerics: "fused" } } : {}),
})) {
  test(`${name}: a resumed run leaves the same file`, async () => {
    await expectSameFile(TEXT, { ...RECIPE, cell: "gru", optimizer: "adam", ...fields });
  });
}

const SCHEDULE: { [K in Schedule["kind"]]: Schedule & { kind: K } } = {
  constant: { kind: "constant" },
  step: { kind: "step", factor: 0.5, every: 7 },
  exponential: { kind: "exponential", factor: 0.5, after: 0 },
  "halve-on-rise": { kind: "halve-on-rise", every: 1 },
  linear: { kind: "linear", total: 40, warmUp: 10 },
  cosine: { kind: "cosine", total: 40, warmUp: 10 },
};
for (const kind of SCHEDULES) {
  test(`${kind}: a resumed run goes on at the same rates`, async () => {
    await expectSameFile(TEXT, { ...RECIPE, schedule: SCHEDULE[kind], optimizer: "sgd", learningRate: 0.3 });
  });
}

for (const [name, { recipe, run }] of Object.entries(PRESETS)) {
  test(`${name}: a resumed run leaves the same file, on two threads too`, async () => {
    const text = (await builtinCorpus(run.corpus)).slice(0, 8000);
    await expectSameFile(text, recipe, { threads: 2 }, 2, 2);
  });
}

test("a bias of -0 comes back as it is", async () => {
  const trainer = await createTrainer(TEXT, RECIPE);
  const { engine } = trainer.model;
  engine.writeTensor("rnn.bias_ih_l0", new Float32Array(5).fill(-0));
  const again = await resumeTrainer(trainerToBytes(trainer), TEXT);
  expect(await parameterHash(again.model.engine)).toBe(await parameterHash(engine));
  expect(Object.is(again.model.engine.readTensor("rnn.bias_ih_l0")[0], -0)).toBe(true);
});

test("samples draw the same words after a resumption, and what was drawn before leaves no trace in later ones", async () => {
  const plain = steps(await createTrainer(TEXT, RECIPE), N);
  const sampled = steps(await createTrainer(TEXT, RECIPE), N - 1);
  sampled.sample(11);
  sampled.step();
  const resumed = await resumeTrainer(trainerToBytes(sampled), TEXT);
  const samples = [plain, sampled, resumed].map((trainer) => [trainer.sample(30), trainer.sample(30)]);
  expect(samples[1]).toEqual(samples[0]);
  expect(samples[2]).toEqual(samples[0]);
  expect(samples[0]![0]).not.toBe(samples[0]![1]);
});

describe("early stopping and the guard of rollbacks", () => {
  /** Looks every 3 steps; the losses are made up, and the best one is behind when the run is put down. */
  const LOSSES = [3, 2, 2.5, 2.6, 1.9, 2.4, 2.2];

  interface Run {
    readonly trainer: Trainer;
    readonly guard: DivergenceGuard;
    readonly early: EarlyStopping;
  }

  function advance({ trainer, guard, early }: Run, until: number): Run {
    while (trainer.steps < until) {
      guard.step();
      if (trainer.steps % 3 === 0) early.look(LOSSES[trainer.steps / 3 - 1]!);
    }
    return { trainer, guard, early };
  }

  const bytesOf = ({ trainer, guard, early }: Run) =>
    trainerToBytes(trainer, { guard: guard.capture(), earlyStopping: early.capture() });

  async function begun(): Promise<Run> {
    const trainer = await createTrainer(TEXT, RECIPE);
    return { trainer, guard: new DivergenceGuard(trainer, "rollback"), early: new EarlyStopping(trainer, 9) };
  }

  async function resumed(bytes: Uint8Array): Promise<Run> {
    const { trainer, guard, earlyStopping } = await resumeRun(openCheckpoint(bytes), TEXT);
    const run = { trainer, guard: new DivergenceGuard(trainer, "rollback"), early: new EarlyStopping(trainer, 9) };
    run.guard.resume(guard!);
    run.early.resume(earlyStopping!);
    return run;
  }

  for (const at of [2, 3, 10, 14, 16]) {
    test(`taken up at step ${at}, leave the same file after step 21`, async () => {
      const expected = bytesOf(advance(await begun(), 21));
      const bytes = bytesOf(advance(await begun(), at));
      const run = await resumed(bytes);
      expect(bytesOf(run)).toEqual(bytes);
      expect(Buffer.compare(bytesOf(advance(run, 21)), expected)).toBe(0);
    });
  }

  test("the file's model is the best, and training goes on from the last", async () => {
    const run = advance(await begun(), 14);
    const best = advance(await begun(), 6);
    const bytes = bytesOf(run);
    expect(await parameterHash((await modelFromBytes(bytes)).engine)).toBe(
      await parameterHash(best.trainer.model.engine),
    );
    const { trainer } = await resumed(bytes);
    expect(await parameterHash(trainer.model.engine)).toBe(await parameterHash(run.trainer.model.engine));
  });

  test("a run that diverges after a resumption goes back as far, and at the same rate, as one that was never stopped", async () => {
    const poison = ({ trainer: { model } }: Run) =>
      model.engine.writeTensor("decoder.bias", new Float32Array(model.vocabulary.size).fill(Number.NaN));
    const [whole, stopped] = [advance(await begun(), 12), advance(await begun(), 12)];
    const taken = await resumed(bytesOf(stopped));
    for (const run of [whole, taken]) {
      poison(run);
      run.guard.step();
    }
    expect(whole.trainer.steps).toBe(9); // from the state after 8
    expect(taken.trainer.captureState()).toEqual(whole.trainer.captureState());
    expect(Buffer.compare(bytesOf(advance(taken, 21)), bytesOf(advance(whole, 21)))).toBe(0);
  });
});

describe("another text", () => {
  const bytes = (async () => trainerToBytes(steps(await createTrainer(TEXT, RECIPE), N)))();
  const other = `${TEXT.slice(0, 70)}h${TEXT.slice(71)}`;

  test("is refused, be it one character", async () => {
    await expect(resumeTrainer(await bytes, other, { name: "model" })).rejects.toThrow(
      /^model: its text \(the text\) has changed since: expected SHA-256 [0-9a-f]{16}…/,
    );
    await expect(resumeTrainer(await bytes, `${TEXT}é`)).rejects.toThrow(/has changed since.+"é" \(U\+00E9\)/);
    await expect(resumeTrainer(await bytes, TEXT.slice(0, -1))).rejects.toThrow("has changed since");
  });

  test("is gone on with where that is allowed, from its beginning, which the history tells", async () => {
    const trainer = await resumeTrainer(await bytes, other.slice(0, 100), { allowNewData: true });
    expect(trainer.epoch % 1).toBe(0);
    expect(trainer.steps).toBe(N);
    steps(trainer, M);
    const [, entry] = trainer.provenance.history;
    expect(entry).toMatchObject({ event: "resumed", step: N, newData: trainer.dataHash });
    await expect(resumeTrainer(await bytes, `${TEXT}é`, { allowNewData: true })).rejects.toThrow(
      "is not in the model's vocabulary",
    );
  });

  test("that is the same to the model is the same text: how it was read, cut or kept does not show", async () => {
    const corpus = corpusOf(TEXT, corpusSettings(completeRecipe(RECIPE)));
    const [whole, half] = await Promise.all(
      [0, 0.5].map((validationFraction) => createTrainer(corpus, { ...RECIPE, validationFraction })),
    );
    expect(half!.dataHash).toBe(whole!.dataHash);
  });
});

describe("overrides", () => {
  const bytes = (async () => trainerToBytes(steps(await createTrainer(TEXT, RECIPE), N)))();

  test("change the steps, and the history tells from what to what", async () => {
    const trainer = await resumeTrainer(await bytes, TEXT, {
      overrides: { learningRate: 0.025, clipNorm: Number.POSITIVE_INFINITY },
    });
    expect(trainer.step().learningRate).toBe(0.025);
    const again = await resumeTrainer(trainerToBytes(trainer), TEXT);
    expect(again.model.recipe).toMatchObject({ learningRate: 0.025, clipNorm: Number.POSITIVE_INFINITY });
    expect(again.provenance.history).toMatchObject([
      { event: "created" },
      { event: "resumed", step: N, overrides: { learningRate: [0.1, 0.025], clipNorm: [5, null] } },
    ]);
  });

  test("that are what was there leave no trace", async () => {
    const trainer = await resumeTrainer(await bytes, TEXT, { overrides: { learningRate: 0.1, hiddenSize: 5 } });
    expect(trainerToBytes(trainer)).toEqual(await bytes);
  });

  for (const [field, value] of Object.entries({
    hiddenSize: 6,
    batchSize: 1,
    unit: "word",
    seed: 3,
    optimizer: "sgd",
  })) {
    test(`of ${field} are refused`, async () => {
      await expect(resumeTrainer(await bytes, TEXT, { overrides: { [field]: value } })).rejects.toThrow(
        new RegExp(`^${field}: cannot change while training goes on`),
      );
    });
  }
});

/** What JSON.parse gives. */
type Json = ReturnType<typeof JSON.parse>;

describe("what is no whole checkpoint", () => {
  const made = (async () => trainerToBytes(steps(await createTrainer(TEXT, RECIPE), N)))();

  /** The checkpoint with its training record changed, and without some tensors. */
  async function forged(change: (record: Json) => void, without = /^$/): Promise<Uint8Array> {
    const file = parseSafetensors(await made, "file");
    const metadata = Object.fromEntries(file.metadata);
    const record = JSON.parse(metadata.training!);
    change(record);
    metadata.training = JSON.stringify(record);
    const tensors = [...file.tensors].filter(([name]) => !without.test(name));
    return writeSafetensors(
      tensors.map(([name, tensor]) => ({ name, shape: tensor.shape, values: readFloats(tensor, name) })),
      metadata,
    );
  }

  test("a model alone is refused with what to do", async () => {
    const { model } = await createTrainer(TEXT, RECIPE);
    await expect(resumeTrainer(modelToBytes(model, 0), TEXT)).rejects.toThrow(/does not say where .+ --init-from$/);
  });

  for (const [what, change, message] of [
    [
      "of a later version",
      (record) => (record.version = 2),
      /training: expected version 1, got 2; go on with the version/,
    ],
    ["without a state", (record) => delete record.state, /training\.state: expected "?state"?, got undefined/],
    [
      "with a step of a half",
      (record) => (record.state.steps = 0.5),
      /training\.state\.steps: expected safe integer, got 0\.5/,
    ],
    ["with a step beyond safe numbers", (record) => (record.state.steps = 2 ** 53), /training\.state\.steps/],
    ["with a rate factor of 2", (record) => (record.state.rateFactor = 2), /training\.state\.rateFactor: expected <=1/],
    ["with another field", (record) => (record.state.extra = 1), /training\.state\.extra/],
    [
      "with __proto__",
      (record) => Object.defineProperty(record, "__proto__", { value: {}, enumerable: true }),
      /__proto__/,
    ],
    ["with a hash that is none", (record) => (record.data.sha256 = "x"), /training\.data\.sha256/],
    [
      "standing beyond its text",
      (record) => (record.state.cursor.position = 1e9),
      /training\.state\.cursor: expected one within/,
    ],
    [
      "with early stopping that has no tensors",
      (record) => (record.earlyStopping = { looksSince: 0, best: { loss: 1, step: 1 }, state: record.state }),
      /expected a tensor "last\./,
    ],
  ] as [string, (record: Json) => void, RegExp][]) {
    test(`one ${what} is refused`, async () => {
      const attempt = resumeTrainer(await forged(change), TEXT);
      await expect(attempt).rejects.toThrow(message);
      await expect(attempt).rejects.toBeInstanceOf(FormatError);
    });
  }

  test("one without its optimizer's memory is refused", async () => {
    const attempt = resumeTrainer(await forged(() => {}, /^optimizer\./), TEXT);
    await expect(attempt).rejects.toThrow('expected a tensor "optimizer.');
  });

  test("weights that are no numbers are not written, those to go on from neither", async () => {
    const trainer = await createTrainer(TEXT, RECIPE);
    const early = new EarlyStopping(trainer, 1);
    early.look(1);
    const { engine } = trainer.model;
    engine.writeTensor("decoder.bias", engine.readTensor("decoder.bias").fill(Number.NaN));
    expect(() => trainerToBytes(trainer, { earlyStopping: early.capture() })).toThrow('"last.decoder.bias"');
    expect(() => trainerToBytes(trainer)).toThrow('"decoder.bias"');
  });
});
