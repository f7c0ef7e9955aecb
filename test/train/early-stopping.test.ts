import { expect, test } from "vitest";
import { parameterHash } from "../../src/model/parameter-hash.ts";
import { EarlyStopping } from "../../src/train/early-stopping.ts";
import { createTrainer } from "../../src/train/trainer.ts";

const TEXT = "She sells sea shells by the sea shore.\n".repeat(10);

test("early stopping keeps the parameters of the least loss, and puts back those and nothing else", async () => {
  for (const backend of ["wasm", "js"] as const) {
    const trainer = await createTrainer(TEXT, { hiddenSize: 6, backend });
    const stopping = new EarlyStopping(trainer.model, 3);
    const hashes: string[] = [];
    for (const loss of [3, 2, 2.5, 1.5, 1.5, 1.75]) {
      trainer.step();
      hashes.push(await parameterHash(trainer.model.engine));
      stopping.look(loss, trainer.steps);
    }
    expect(stopping).toMatchObject({ best: 1.5, bestStep: 4, exhausted: false });
    const before = trainer.captureState();
    stopping.restoreBest();
    expect(await parameterHash(trainer.model.engine)).toBe(hashes[3]);
    const after = trainer.captureState();
    expect(after).toEqual({ ...before, tensors: after.tensors });
    const parameters = trainer.model.engine.tensors.filter(({ role }) => role === "parameter").map(({ name }) => name);
    for (const [name, values] of after.tensors) {
      if (!parameters.includes(name)) expect(values, name).toEqual(before.tensors.get(name));
    }
  }
});

test("patience is how many looks in a row bring no lower loss; one as low is none, one that is no number neither", async () => {
  const { model } = await createTrainer(TEXT, { hiddenSize: 2 });
  const exhaustedAt = (patience: number, losses: number[]) => {
    const stopping = new EarlyStopping(model, patience);
    return losses.findIndex((loss, i) => {
      stopping.look(loss, i);
      return stopping.exhausted;
    });
  };
  expect(exhaustedAt(1, [3, 2, 1, 1])).toBe(3);
  expect(exhaustedAt(2, [3, 4, 2, 3, 1, 2, 3])).toBe(6);
  expect(exhaustedAt(3, [1, 2, 3, 0.5, 2, 3])).toBe(-1);
  expect(exhaustedAt(2, [1, Number.NaN, Number.NaN])).toBe(2);
});

test("without a look there is nothing to put back", async () => {
  const { model } = await createTrainer(TEXT, { hiddenSize: 2 });
  const before = await parameterHash(model.engine);
  const stopping = new EarlyStopping(model, 1);
  stopping.restoreBest();
  stopping.look(Number.NaN, 1);
  stopping.restoreBest();
  expect(await parameterHash(model.engine)).toBe(before);
  expect(stopping.best).toBe(Number.POSITIVE_INFINITY);
});
