/** Training on examples of a line each: what a step's loss is the mean of, whole lines and lines in chunks, validation. */

import { expect, test } from "vitest";
import type { WasmEngine } from "../../src/core/wasm-engine.ts";
import { parameterHash } from "../../src/model/parameter-hash.ts";
import type { Recipe } from "../../src/model/recipe.ts";
import { score } from "../../src/sample/score.ts";
import { DivergenceGuard } from "../../src/train/divergence-guard.ts";
import { createTrainer, type StepReport, type Trainer } from "../../src/train/trainer.ts";
import { cells, relativeDifference, tensorsOf } from "../engine/engines.ts";

const LINES = ["a", "seashell", "by the sea", "she", "sells sea shells", "is", "on the shore of the sea"];
const TEXT = LINES.join("\n");
const RECIPE: Partial<Recipe> = {
  examples: "lines",
  hiddenSize: 7,
  initialization: { kind: "normal", scale: 0.5 },
};

/** The steps of one pass. */
function pass(trainer: Trainer): StepReport[] {
  const end = Math.floor(trainer.epoch) + 1;
  const reports: StepReport[] = [];
  while (trainer.epoch < end) reports.push(trainer.step());
  return reports;
}

function natsOf(reports: readonly StepReport[]): number {
  return reports.reduce((sum, { loss, tokens }) => sum + loss * tokens, 0);
}

/** Characters and the line break of each line. */
function targetsOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}

for (const cell of cells) {
  for (const backend of ["wasm", "js"] as const) {
    test(`${backend} ${cell}: a step's loss is the mean over the tokens of its lines, without what pads them`, async () => {
      const trainer = await createTrainer(TEXT, { ...RECIPE, cell, backend, batchSize: 3, learningRate: 0 });
      const reports = pass(trainer);
      for (const [i, report] of reports.entries()) {
        const lines = LINES.slice(3 * i, 3 * i + 3);
        expect(report.tokens).toBe(targetsOf(lines));
        expect(report.loss / score(trainer.model, lines.join("\n")).natsPerToken).toBeCloseTo(1, 5);
      }
      expect(reports).toHaveLength(3); // the last with two empty rows
      expect(trainer.trainLoss() / (natsOf(reports) / targetsOf(LINES))).toBeCloseTo(1, 12);
    });

    test(`${backend} ${cell}: whole lines and chunks of any length have the same loss, the state carried`, async () => {
      for (const batchSize of [1, 3]) {
        const fields = { ...RECIPE, cell, backend, batchSize, learningRate: 0 } as const;
        const whole = await createTrainer(TEXT, { ...fields, sequenceLength: 0 });
        expect(whole.model.recipe.sequenceLength).toBe(24); // the longest line with its break
        const nats = natsOf(pass(whole));
        for (const sequenceLength of [1, 3, 10, 23, 24, 1000]) {
          const trainer = await createTrainer(TEXT, { ...fields, sequenceLength });
          expect(trainer.model.recipe.sequenceLength).toBe(Math.min(24, sequenceLength));
          for (const time of ["first", "second"]) {
            const reports = pass(trainer);
            const what = `batch of ${batchSize}, chunks of ${sequenceLength}, ${time} pass`;
            expect(natsOf(reports) / nats, what).toBeCloseTo(1, 12);
            expect(
              reports.reduce((sum, { tokens }) => sum + tokens, 0),
              what,
            ).toBe(targetsOf(LINES));
          }
          expect(trainer.trainLoss()).toBeCloseTo(nats / targetsOf(LINES), 12);
        }
      }
    });
  }
}

test("lines are read whole where no sequence length is given, a stream is not", async () => {
  expect((await createTrainer(TEXT, { examples: "lines" })).model.recipe.sequenceLength).toBe(24);
  expect((await createTrainer(TEXT, {})).model.recipe.sequenceLength).toBe(25);
  await expect(createTrainer(TEXT, { sequenceLength: 0 })).rejects.toThrow(
    /^sequenceLength: expected a whole number from 1/,
  );
});

test("gradients of the mean are those of the sum by the tokens there are, not by the places of the batch", async () => {
  const fields = { ...RECIPE, batchSize: 3, optimizer: "sgd", learningRate: 0.1, clipValue: Number.POSITIVE_INFINITY };
  const mean = await createTrainer(TEXT, { ...fields, loss: "mean" });
  const sum = await createTrainer(TEXT, { ...fields, loss: "sum" });
  const before = tensorsOf(mean.model.engine, "parameter");
  for (let i = 0; i < 3; i++) {
    for (const { model } of [mean, sum]) for (const [name, values] of before) model.engine.writeTensor(name, values);
    const { gradientNorm, loss, tokens } = mean.step();
    const summed = sum.step();
    expect(tokens).toBe(targetsOf(LINES.slice(3 * i, 3 * i + 3)));
    expect(summed.loss).toBe(loss); // a report's loss is the mean either way
    expect((gradientNorm * tokens) / summed.gradientNorm).toBeCloseTo(1, 6);
    for (const [name, values] of before) {
      const moved = ({ model }: Trainer) => [...model.engine.readTensor(name)].map((value, j) => value - values[j]!);
      const scaled = moved(mean).map((value) => value * tokens);
      expect(relativeDifference(scaled, moved(sum)), name).toBeLessThan(1e-4);
    }
  }
});

for (const batchSize of [1, 2]) {
  test(`validation is the mean over the last lines, each from a zero state, longer ones too; batch of ${batchSize}`, async () => {
    const fields: Partial<Recipe> = { ...RECIPE, cell: "lstm", batchSize, dropout: 0.5, layers: 2, order: "shuffle" };
    for (const sequenceLength of [0, 5]) {
      const trainer = await createTrainer(TEXT, { ...fields, sequenceLength, validationFraction: 0.3 });
      const undisturbed = await createTrainer(TEXT, { ...fields, sequenceLength, validationFraction: 0.3 });
      expect(trainer.model.recipe.sequenceLength).toBe(sequenceLength || 17); // of the lines that are trained on
      for (let i = 0; i < 20; i++) {
        trainer.step();
        undisturbed.step();
        const kept = score(trainer.model, "is\non the shore of the sea");
        expect(trainer.validate()! / kept.natsPerToken).toBeCloseTo(1, 5);
        expect(trainer.trainLoss() / score(trainer.model, LINES.slice(0, 5).join("\n")).natsPerToken).toBeCloseTo(1, 5);
      }
      expect(await parameterHash(trainer.model.engine)).toBe(await parameterHash(undisturbed.model.engine));
      expect(trainer.captureState()).toEqual(undisturbed.captureState());
    }
  });
}

test("a validation part without a line, or nothing left to train on, is refused", async () => {
  await expect(createTrainer(TEXT, { ...RECIPE, validationFraction: 0.1 })).rejects.toThrow(
    "validationFraction: expected at least 1 line to validate on, got none",
  );
  expect((await createTrainer(TEXT, { ...RECIPE, validationFraction: 0.99 })).training.lines).toBe(1);
});

test("every line comes once in each shuffled pass, in another order each time", async () => {
  const trainer = await createTrainer(TEXT, { ...RECIPE, order: "shuffle", learningRate: 0 });
  const lengths = LINES.map((line) => line.length + 1).sort((a, b) => a - b);
  const orders = Array.from({ length: 4 }, () => pass(trainer).map(({ tokens }) => tokens));
  for (const order of orders) expect(order.toSorted((a, b) => a - b)).toEqual(lengths);
  expect(new Set(orders.map(String)).size).toBe(4);
});

test("steps, looks at the loss, samples, rollbacks and restored states leave the engine's memory as it was", async () => {
  for (const fields of [{}, { sequenceLength: 4, batchSize: 3 }, { examples: "stream", batchSize: 2 }] as const) {
    const trainer = await createTrainer(TEXT, { ...RECIPE, ...fields, schedule: { kind: "halve-on-rise", every: 1 } });
    const guard = new DivergenceGuard(trainer, "rollback");
    const engine = trainer.model.engine as WasmEngine;
    const { buffer } = engine.memory;
    const { memoryBytes } = engine;
    const state = trainer.captureState();
    for (let i = 0; i < 300; i++) {
      guard.step();
      if (i % 50 === 49) {
        trainer.sample(40);
        trainer.restoreState(state);
        engine.writeTensor("decoder.bias", engine.readTensor("decoder.bias").fill(Number.NaN));
        guard.step();
      }
    }
    expect(guard.takeRollback()).toBeDefined();
    expect(engine.memory.buffer).toBe(buffer);
    expect(engine.memoryBytes).toBe(memoryBytes);
  }
});

test("a sample of words may be drawn after any step, also where the first row's line, the text's last, has ended", async () => {
  const words = { unit: "word", examples: "lines", order: "shuffle", sequenceLength: 2, batchSize: 2 } as const;
  const trainer = await createTrainer("a b c d e f\ng h i j k\nx", { ...words, hiddenSize: 4 });
  for (let i = 0; i < 50; i++) {
    trainer.step();
    expect(trainer.sample(3).split(" ")).toHaveLength(3);
  }
});
