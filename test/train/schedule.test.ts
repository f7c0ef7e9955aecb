import { expect, test } from "vitest";
import { cosine } from "../../assembly/kernels/portable-math.ts";
import { SCHEDULES, type Schedule } from "../../src/model/recipe.ts";
import { scheduleFactor } from "../../src/train/schedule.ts";
import { createTrainer } from "../../src/train/trainer.ts";
import { kernels } from "../kernels/kernel-module.ts";

/** What stands in the comment of schedule.ts, in the host's own arithmetic. */
const FORMULAS: { [K in Schedule["kind"]]: [Schedule & { kind: K }, Formula][] } = {
  constant: [[{ kind: "constant" }, () => 1]],
  step: [
    [{ kind: "step", factor: 0.5, every: 10 }, (steps) => 0.5 ** Math.floor(steps / 10)],
    [{ kind: "step", factor: 0.9, every: 1 }, (steps) => 0.9 ** steps],
    [{ kind: "step", factor: 0, every: 10 }, (steps) => (steps < 10 ? 1 : 0)],
  ],
  exponential: [
    [{ kind: "exponential", factor: 0.97, after: 10 }, (_, epochs) => 0.97 ** Math.max(0, Math.floor(epochs) - 10)],
    [{ kind: "exponential", factor: 0.5, after: 0 }, (_, epochs) => 0.5 ** Math.floor(epochs)],
  ],
  "halve-on-rise": [[{ kind: "halve-on-rise", every: 5 }, () => 1]], // the trainer halves, by losses
  linear: [
    [{ kind: "linear", total: 100, warmUp: 0 }, (steps) => Math.max(0, 1 - steps / 100)],
    [
      { kind: "linear", total: 100, warmUp: 20 },
      (steps) => (steps < 20 ? (steps + 1) / 20 : Math.max(0, 1 - (steps - 20) / 80)),
    ],
  ],
  cosine: [
    [{ kind: "cosine", total: 100, warmUp: 0 }, (steps) => halfCosine(steps / 100)],
    [
      { kind: "cosine", total: 100, warmUp: 20 },
      (steps) => (steps < 20 ? (steps + 1) / 20 : halfCosine((steps - 20) / 80)),
    ],
    [{ kind: "cosine", total: 1, warmUp: 0 }, (steps) => halfCosine(steps)],
  ],
};

type Formula = (steps: number, epochs: number) => number;

function halfCosine(x: number): number {
  return (1 + Math.cos(Math.PI * Math.min(1, x))) / 2;
}

for (const kind of SCHEDULES) {
  test(`${kind} is its formula, within 1e-14, and never above 1 or below 0`, () => {
    expect(FORMULAS, "a formula for every schedule").toHaveProperty(kind);
    for (const [schedule, formula] of FORMULAS[kind]) {
      for (const steps of [0, 1, 9, 10, 11, 19, 20, 21, 55, 99, 100, 101, 1000]) {
        const factor = scheduleFactor(schedule, steps, steps / 7);
        const what = `${JSON.stringify(schedule)} after ${steps} steps`;
        expect(Math.abs(factor - formula(steps, steps / 7)), what).toBeLessThanOrEqual(1e-14);
        expect(factor, what).toBeGreaterThanOrEqual(0);
        expect(factor, what).toBeLessThanOrEqual(1);
      }
    }
  });

  test(`the rates of a run with ${kind} are the recipe's times the formula's`, async () => {
    for (const [schedule, formula] of FORMULAS[kind]) {
      const trainer = await createTrainer("abcdefgh".repeat(2), {
        hiddenSize: 2,
        sequenceLength: 5,
        learningRate: 0.01,
        schedule,
      });
      for (let steps = 0; steps < 120; steps++) {
        const epochs = Math.floor(trainer.epoch); // what counts is whole passes, before the step
        const { learningRate } = trainer.step();
        expect(learningRate, `step ${steps + 1}`).toBeCloseTo(0.01 * formula(steps, epochs), 15);
      }
    }
  });
}

test("warm-up rises evenly to the whole rate, and the rest of the total follows", () => {
  const factors = Array.from({ length: 9 }, (_, steps) =>
    scheduleFactor({ kind: "linear", total: 8, warmUp: 4 }, steps, 0),
  );
  expect(factors).toEqual([0.25, 0.5, 0.75, 1, 1, 0.75, 0.5, 0.25, 0]);
});

test("cosine is cos(πx) within 1e-15, the same bits in the module and here", () => {
  for (let x = 0; x <= 1; x += 1 / 1024) {
    expect(Math.abs(cosine(x) - Math.cos(Math.PI * x))).toBeLessThan(1e-15);
    expect(kernels.cosine(x)).toBe(cosine(x));
  }
});

test("the trainer follows the schedule, by steps and by epochs", async () => {
  const text = "abcdefgh".repeat(8);
  const rates = async (schedule: object) => {
    const trainer = await createTrainer(text, { hiddenSize: 4, sequenceLength: 15, schedule } as object);
    return Array.from({ length: 9 }, () => trainer.step().learningRate);
  };
  expect(await rates({ kind: "step", factor: 0.5, every: 4 })).toEqual([
    0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.025,
  ]);
  // four chunks make a pass: 63 pairs, 15 at a time
  expect(await rates({ kind: "exponential", factor: 0.5, after: 1 })).toEqual([
    0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.05,
  ]);
});

test("schedules out of range are refused by name", async () => {
  const cases: [object, RegExp][] = [
    [{ kind: "sine" }, /^schedule: expected constant or step/],
    [{ kind: "step", factor: 2, every: 1 }, /^schedule factor: expected a number from 0 to 1, got 2$/],
    [{ kind: "step", factor: 0.5, every: 0 }, /^schedule every: /],
    [{ kind: "cosine", total: 5, warmUp: 5 }, /^schedule warmUp: expected a whole number from 0 to 4, got 5$/],
  ];
  for (const [schedule, message] of cases) {
    await expect(createTrainer("abc", { schedule } as object)).rejects.toThrow(message);
  }
});
