import { expect, test } from "vitest";
import { EarlyStopping } from "../../src/train/early-stopping.ts";
import { createTrainer } from "../../src/train/trainer.ts";

const TEXT = "She sells sea shells by the sea shore.\n".repeat(10);

test("early stopping keeps the state of the least loss, and puts it back whole", async () => {
  for (const backend of ["wasm", "js"] as const) {
    const trainer = await createTrainer(TEXT, { hiddenSize: 6, backend });
    const stopping = new EarlyStopping(trainer, 3);
    const states = [2, 2.5, 1.5, 1.5, 1.75].map((loss) => {
      trainer.step();
      stopping.look(loss);
      return trainer.captureState();
    });
    expect(stopping).toMatchObject({ best: 1.5, bestStep: 3, exhausted: false });
    stopping.restoreBest();
    expect(trainer.captureState()).toEqual(states[2]);
  }
});

test("patience is how many looks in a row bring no lower loss; one as low is none, one that is no number neither", async () => {
  const trainer = await createTrainer(TEXT, { hiddenSize: 2 });
  const exhaustedAt = (patience: number, losses: number[]) => {
    const stopping = new EarlyStopping(trainer, patience);
    return losses.findIndex((loss) => {
      stopping.look(loss);
      return stopping.exhausted;
    });
  };
  expect(exhaustedAt(1, [3, 2, 1, 1])).toBe(3);
  expect(exhaustedAt(2, [3, 4, 2, 3, 1, 2, 3])).toBe(6);
  expect(exhaustedAt(3, [1, 2, 3, 0.5, 2, 3])).toBe(-1);
  expect(exhaustedAt(2, [1, Number.NaN, Number.NaN])).toBe(2);
});

test("without a look there is nothing to put back", async () => {
  const trainer = await createTrainer(TEXT, { hiddenSize: 2 });
  const stopping = new EarlyStopping(trainer, 1);
  trainer.step();
  const before = trainer.captureState();
  stopping.restoreBest();
  stopping.look(Number.NaN);
  stopping.restoreBest();
  expect(trainer.captureState()).toEqual(before);
  expect(stopping.best).toBe(Number.POSITIVE_INFINITY);
});
