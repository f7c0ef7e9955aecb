import { expect, test } from "vitest";
import { cosine } from "../../assembly/kernels/portable-math.ts";
import { scheduleFactor } from "../../src/train/schedule.ts";
import { createTrainer } from "../../src/train/trainer.ts";
import { kernels } from "../kernels/kernel-module.ts";

test("each schedule is its formula", () => {
  for (const steps of [0, 1, 9, 10, 11, 55, 99, 100, 1000]) {
    const epochs = steps / 7;
    expect(scheduleFactor({ kind: "constant" }, steps, epochs)).toBe(1);
    expect(scheduleFactor({ kind: "step", factor: 0.5, every: 10 }, steps, epochs)).toBe(0.5 ** Math.floor(steps / 10));
    expect(scheduleFactor({ kind: "exponential", factor: 0.97, after: 10 }, steps, epochs)).toBeCloseTo(
      0.97 ** Math.max(0, Math.floor(epochs) - 10),
      12,
    );
    const x = Math.min(1, steps / 100);
    expect(scheduleFactor({ kind: "linear", total: 100, warmUp: 0 }, steps, epochs)).toBeCloseTo(1 - x, 14);
    expect(scheduleFactor({ kind: "cosine", total: 100, warmUp: 0 }, steps, epochs)).toBeCloseTo(
      (1 + Math.cos(Math.PI * x)) / 2,
      14,
    );
  }
});

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
