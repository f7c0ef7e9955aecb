import { describe, expect, test } from "vitest";
import { createTrainer, parameterHash, resumeTrainer, trainerToBytes } from "../../src/index.ts";

const TEXT = "to be or not to be that is the question\n".repeat(20);
const FIELDS = { hiddenSize: 12, sequenceLength: 10 };

async function trained(steps: number) {
  const trainer = await createTrainer(TEXT, FIELDS);
  for (let i = 0; i < steps; i++) trainer.step();
  return trainer;
}

describe("changing a recipe while training", () => {
  test("takes the next steps as a resumption with the same overrides would", async () => {
    const changed = await trained(5);
    const resumed = await resumeTrainer(trainerToBytes(changed), TEXT, {
      overrides: { learningRate: 0.03, clipValue: 1 },
    });
    changed.change({ learningRate: 0.03, clipValue: 1 });
    for (let i = 0; i < 5; i++) expect(changed.step()).toEqual(resumed.step());
    expect(await parameterHash(changed.model.engine)).toBe(await parameterHash(resumed.model.engine));
    expect(changed.model.recipe.learningRate).toBe(0.03);
  });

  test("is recorded in checkpoints, with what each field was and became", async () => {
    const trainer = await trained(3);
    trainer.change({ learningRate: 0.05 });
    trainer.step();
    const resumed = await resumeTrainer(trainerToBytes(trainer), TEXT);
    expect(resumed.provenance.history.at(-1)).toMatchObject({
      event: "changed",
      step: 3,
      overrides: { learningRate: [0.1, 0.05] },
    });
    expect(resumed.step()).toEqual(trainer.step());
  });

  test("leaves no trace where nothing changes", async () => {
    const trainer = await trained(3);
    const before = trainerToBytes(trainer);
    trainer.change({ learningRate: 0.1 });
    expect(trainerToBytes(trainer)).toEqual(before);
  });

  test("refuses what a shape, an order or a text depends on, and values out of range", async () => {
    const trainer = await trained(1);
    expect(() => trainer.change({ hiddenSize: 13 })).toThrow(/hiddenSize: cannot change while training goes on/);
    expect(() => trainer.change({ numerics: "fused" })).toThrow(/numerics: cannot change/);
    expect(() => trainer.change({ learningRate: -1 })).toThrow(/learningRate: expected/);
    expect(trainer.model.recipe.learningRate).toBe(0.1);
  });
});
