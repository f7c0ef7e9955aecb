/** N + M steps are N steps, a captured state, whatever else, the state restored, and M steps: to the bit. */

import { expect, test } from "vitest";
import { type Recipe, SCHEDULES, type Schedule } from "../../src/model/recipe.ts";
import { createTrainer, type StepReport, type Trainer } from "../../src/train/trainer.ts";
import { cells, optimizers } from "../engine/engines.ts";

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
/** Within the first pass of either kind of text, and in the middle of a line's chunks; beyond its end. */
const N = 8;
const M = 25;

const READINGS: Record<string, Partial<Recipe>> = {
  "a stream": {},
  "shuffled lines": { examples: "lines", order: "shuffle" },
};

const SCHEDULE: { [K in Schedule["kind"]]: Schedule & { kind: K } } = {
  constant: { kind: "constant" },
  step: { kind: "step", factor: 0.5, every: 7 },
  exponential: { kind: "exponential", factor: 0.5, after: 0 },
  "halve-on-rise": { kind: "halve-on-rise", every: 1 },
  linear: { kind: "linear", total: 40, warmUp: 10 },
  cosine: { kind: "cosine", total: 40, warmUp: 10 },
};

function reports(trainer: Trainer, steps: number): StepReport[] {
  return Array.from({ length: steps }, () => trainer.step());
}

async function expectSameContinuation(fields: Partial<Recipe>): Promise<void> {
  const trainer = await createTrainer(TEXT, fields);
  reports(trainer, N);
  trainer.sample(7); // moves the samples' random stream on
  const state = trainer.captureState();
  const copy = structuredClone(state);
  const expected = [reports(trainer, M), trainer.sample(30), trainer.validate(), trainer.captureState()];
  trainer.halveRate();
  reports(trainer, 11);
  trainer.sample(5);
  expect(state, "the captured state is a copy").toEqual(copy);
  const other = await createTrainer(TEXT, fields);
  reports(other, 3);
  for (const [who, restored] of Object.entries({ "the same trainer": trainer, "another trainer": other })) {
    restored.restoreState(state);
    expect(restored.captureState(), who).toEqual(state);
    const found = [reports(restored, M), restored.sample(30), restored.validate(), restored.captureState()];
    expect(found, who).toEqual(expected);
  }
}

for (const [reading, fields] of Object.entries(READINGS)) {
  for (const cell of cells) {
    for (const optimizer of optimizers) {
      test(`${cell} with ${optimizer}, ${reading}: a restored state goes on to the bit`, async () => {
        await expectSameContinuation({ ...RECIPE, ...fields, cell, optimizer });
      });
    }
  }

  for (const precision of ["float32", "float64"] as const) {
    test(`js ${precision}, ${reading}: a restored state goes on to the bit`, async () => {
      await expectSameContinuation({ ...RECIPE, ...fields, backend: "js", precision, cell: "gru", optimizer: "adam" });
    });
  }
}

for (const kind of SCHEDULES) {
  test(`${kind}: a restored state goes on at the same rates`, async () => {
    await expectSameContinuation({ ...RECIPE, schedule: SCHEDULE[kind], optimizer: "sgd", learningRate: 0.3 });
  });
}

test("halvings are part of the state", async () => {
  const trainer = await createTrainer(TEXT, RECIPE);
  const whole = trainer.captureState();
  trainer.halveRate();
  const halved = trainer.captureState();
  trainer.halveRate();
  const rate = () => trainer.step().learningRate;
  expect(rate()).toBe(0.025);
  trainer.restoreState(halved);
  expect(rate()).toBe(0.05);
  trainer.restoreState(whole);
  expect(rate()).toBe(0.1);
});
