/** The schedule that the trainer itself follows: it looks at the mean loss, and halves where it rose. */

import { expect, test } from "vitest";
import type { Recipe } from "../../src/model/recipe.ts";
import { createTrainer } from "../../src/train/trainer.ts";

const LINES = "so it goes\nand so it went\nand so\nit will go on\nas it ever did\n";
/** A rate at which the loss falls in most passes and rises in some. */
const RECIPE: Partial<Recipe> = {
  examples: "lines",
  hiddenSize: 8,
  optimizer: "sgd",
  learningRate: 0.4,
  loss: "mean",
  clipValue: Number.POSITIVE_INFINITY,
  initialization: { kind: "fan", scale: 1 },
};

for (const [reading, fields] of Object.entries({
  "lines in order": {},
  "shuffled lines": { order: "shuffle" },
  "a stream": { examples: "stream", sequenceLength: 10, learningRate: 1 },
} satisfies Record<string, Partial<Recipe>>)) {
  for (const every of [1, 3]) {
    test(`${reading}: the rate halves exactly where the loss rose over ${every} passes`, async () => {
      const trainer = await createTrainer(LINES, { ...RECIPE, ...fields, schedule: { kind: "halve-on-rise", every } });
      let rate = trainer.model.recipe.learningRate;
      let before = trainer.trainLoss();
      let rises = 0;
      let falls = 0;
      while (trainer.epoch < 40 * every) {
        const first = trainer.steps === 0;
        const passes = Math.floor(trainer.epoch);
        const report = trainer.step();
        expect(report.learningRate, `step ${report.step}`).toBe(rate);
        expect(report.initialTrainLoss, `step ${report.step}`).toBe(first ? before : undefined);
        const passesNow = Math.floor(trainer.epoch);
        const looks = passesNow > passes && passesNow % every === 0;
        expect(report.trainLoss, `step ${report.step}`).toBe(looks ? trainer.trainLoss() : undefined);
        if (report.trainLoss === undefined) continue;
        if (report.trainLoss > before) rate /= 2;
        if (report.trainLoss > before) rises++;
        else falls++;
        before = report.trainLoss;
      }
      expect(rises + falls).toBe(40);
      expect(rises, "rises").toBeGreaterThan(0);
      expect(falls, "falls").toBeGreaterThan(0);
    });
  }
}

test("a loss that stays as it is halves nothing", async () => {
  const trainer = await createTrainer(LINES, {
    ...RECIPE,
    learningRate: 0,
    schedule: { kind: "halve-on-rise", every: 1 },
  });
  const restored = trainer.captureState();
  while (trainer.epoch < 5) trainer.step();
  expect(trainer.captureState().rateFactor).toBe(1);
  trainer.restoreState(restored);
  expect(trainer.step().initialTrainLoss).toBe(trainer.trainLoss());
});

test("other schedules look at no mean loss", async () => {
  const trainer = await createTrainer(LINES, RECIPE);
  while (trainer.epoch < 3) {
    const report = trainer.step();
    expect(report).not.toHaveProperty("trainLoss");
    expect(report).not.toHaveProperty("initialTrainLoss");
  }
});
