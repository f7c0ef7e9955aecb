import { expect, test, vi } from "vitest";
import type { Recipe } from "../../src/model/recipe.ts";
import { DivergenceError } from "../../src/train/divergence.ts";
import { DivergenceGuard } from "../../src/train/divergence-guard.ts";
import { createTrainer, type StepReport, type Trainer } from "../../src/train/trainer.ts";
import { cells, optimizers } from "../engine/engines.ts";

const TEXT = "She sells sea shells by the sea shore.\n".repeat(10);
const RECIPE: Partial<Recipe> = { hiddenSize: 5, layers: 2, sequenceLength: 6, dropout: 0.2, clipNorm: 5 };

/** Steps without a guard. */
async function unguarded(fields: Partial<Recipe>, steps: number): Promise<Trainer> {
  const trainer = await createTrainer(TEXT, fields);
  for (let i = 0; i < steps; i++) trainer.step();
  return trainer;
}

function guardedSteps(guard: DivergenceGuard, steps: number): StepReport {
  let report = guard.step();
  for (let i = 1; i < steps; i++) report = guard.step();
  return report;
}

/** Makes the next step's loss no number. */
function poison({ model }: Trainer, name = "decoder.bias"): void {
  model.engine.writeTensor(name, model.engine.readTensor(name).fill(Number.NaN));
}

for (const cell of cells) {
  for (const optimizer of optimizers) {
    test(`${cell} with ${optimizer}: stop puts back the last good state, and nothing of the bad one is left`, async () => {
      const fields = { ...RECIPE, cell, optimizer };
      const expected = await unguarded(fields, 100);
      const good = expected.captureState();
      const next = Array.from({ length: 4 }, () => expected.step());
      const trainer = await createTrainer(TEXT, fields);
      const guard = new DivergenceGuard(trainer);
      guardedSteps(guard, 104);
      for (const { name, role } of trainer.model.engine.tensors) {
        if (role !== "parameter") continue;
        poison(trainer, name);
        const diverge = () => guardedSteps(guard, 8); // a weight of a token that has yet to come shows later
        expect(diverge, name).toThrow(DivergenceError);
        expect(trainer.captureState(), name).toEqual(good);
        expect(
          next.map(() => guard.step()),
          name,
        ).toEqual(next);
      }
      expect(guard.takeRollback()).toBeUndefined();
    });
  }
}

test("the guard changes nothing of a run that does not diverge", async () => {
  const trainer = await createTrainer(TEXT, RECIPE);
  guardedSteps(new DivergenceGuard(trainer, "rollback"), 230);
  expect(trainer.captureState()).toEqual((await unguarded(RECIPE, 230)).captureState());
});

test("the error says at which step which number was none, and what to try", async () => {
  const trainer = await createTrainer(TEXT, { ...RECIPE, optimizer: "sgd", clipNorm: Number.POSITIVE_INFINITY });
  const guard = new DivergenceGuard(trainer);
  guardedSteps(guard, 7);
  poison(trainer);
  expect(() => guard.step()).toThrow(
    "training diverged at step 8: the loss is not a finite number; likely causes: a learning rate of 0.01 too high for sgd; " +
      "try a learning rate of 0.001",
  );
  expect(trainer.steps).toBe(4); // before 100 steps states after 1, 2, 4, 8 … are kept
});

test("rollback goes on from the last good state at half the rate, once more halved for each divergence from there", async () => {
  const trainer = await createTrainer(TEXT, RECIPE);
  const guard = new DivergenceGuard(trainer, "rollback");
  guardedSteps(guard, 150);
  for (let attempts = 1; attempts <= 3; attempts++) {
    const failed = trainer.steps + 1;
    poison(trainer);
    const report = guard.step();
    expect(report).toMatchObject({ step: 101, learningRate: 0.1 / 2 ** attempts });
    expect(guard.takeRollback()).toMatchObject({ steps: 100, error: { step: failed, what: "loss" } });
    expect(guard.takeRollback()).toBeUndefined();
    const expected = await unguarded(RECIPE, 100);
    for (let i = 0; i < attempts; i++) expected.halveRate();
    expect(report).toEqual(expected.step());
    expect(trainer.captureState()).toEqual(expected.captureState());
    guardedSteps(guard, 30);
  }
});

test("a later good state keeps the halvings before it, and adds its own", async () => {
  const trainer = await createTrainer(TEXT, RECIPE);
  const guard = new DivergenceGuard(trainer, "rollback");
  const rates: number[] = [];
  const steps: number[] = [];
  for (let i = 0; i < 3; i++) {
    guardedSteps(guard, 110);
    poison(trainer);
    const report = guard.step();
    rates.push(report.learningRate);
    steps.push(report.step);
  }
  expect(steps).toEqual([101, 201, 301]);
  expect(rates).toEqual([0.05, 0.025, 0.0125]);
});

test("a state from which the next step diverges is not a good one", async () => {
  const trainer = await createTrainer(TEXT, RECIPE);
  const guard = new DivergenceGuard(trainer, "rollback");
  guardedSteps(guard, 200);
  poison(trainer); // the guard captures at 200, poison and all
  expect(guard.step()).toMatchObject({ step: 101, learningRate: 0.05 });
});

test("a run that always diverges is given up at its 21st divergence, in its last good state, at the rate it had there", async () => {
  const fields: Partial<Recipe> = { ...RECIPE, activation: "linear", initialization: { kind: "normal", scale: 1e6 } };
  const trainer = await createTrainer(TEXT, { ...fields, sequenceLength: 40 });
  const good = trainer.captureState();
  const step = vi.spyOn(trainer, "step");
  const guard = new DivergenceGuard(trainer, "rollback");
  expect(() => guard.step()).toThrow(DivergenceError);
  expect(step).toHaveBeenCalledTimes(21);
  expect(trainer.captureState()).toEqual(good);
});

test("a rate that is far too high is halved until it holds", async () => {
  for (const backend of ["wasm", "js"] as const) {
    const trainer = await createTrainer(TEXT, {
      ...RECIPE,
      backend,
      activation: "linear",
      optimizer: "sgd",
      learningRate: 1000,
      clipNorm: Number.POSITIVE_INFINITY,
      clipValue: Number.POSITIVE_INFINITY,
      loss: "mean",
      initialization: { kind: "fan", scale: 1 },
    });
    const guard = new DivergenceGuard(trainer, "rollback");
    const { learningRate } = guardedSteps(guard, 250);
    expect(learningRate).toBeLessThan(1000);
    expect(Math.log2(1000 / learningRate) % 1).toBe(0);
    expect(guard.takeRollback()?.error).toBeInstanceOf(DivergenceError);
    expect(trainer.trainLoss()).toBeLessThan(3);
  }
});

test("errors of other kinds pass the guard untouched", async () => {
  const trainer = await createTrainer(TEXT, RECIPE);
  const guard = new DivergenceGuard(trainer, "rollback");
  guardedSteps(guard, 3);
  vi.spyOn(trainer.model.engine, "trainStep").mockImplementationOnce(() => {
    throw new RangeError("token");
  });
  expect(() => guard.step()).toThrow(new RangeError("token"));
  expect(trainer.steps).toBe(4);
});
