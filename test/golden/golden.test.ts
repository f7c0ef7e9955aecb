import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { builtinCorpus } from "../../src/data/builtin-corpora.ts";
import { initializeFromBytes } from "../../src/formats/model-file.ts";
import type { Recipe } from "../../src/model/recipe.ts";
import { createTrainer, type Trainer } from "../../src/train/trainer.ts";

const golden = JSON.parse(readFileSync("test/golden/min-char-rnn.json", "utf8"));
const weights = readFileSync("test/golden/min-char-rnn.init.safetensors");
const [stable, original] = golden.runs as { learningRate: number; steps: number; losses: number[] }[];

const text = (await builtinCorpus("sonnets")).slice(0, golden.text.characters);

async function goldenTrainer(fields: Partial<Recipe>): Promise<Trainer> {
  const { hiddenSize, sequenceLength, clipValue } = golden;
  const trainer = await createTrainer(text, { hiddenSize, sequenceLength, clipValue, ...fields });
  initializeFromBytes(trainer.model, weights, "min-char-rnn.init.safetensors");
  return trainer;
}

/** The largest relative difference between a run's losses and numpy's. */
function worst(trainer: Trainer, losses: readonly number[]): number {
  return Math.max(...losses.map((loss) => Math.abs((trainer.step().loss * golden.sequenceLength) / loss - 1)));
}

test("the corpus is the one that numpy read", () => {
  expect(createHash("sha256").update(text).digest("hex")).toBe(golden.text.sha256);
});

describe("numpy's min-char-rnn at learning rate 0.01, 400 steps", () => {
  const { learningRate, losses } = stable!;

  test("the float64 reference follows it within 1e-12", async () => {
    const trainer = await goldenTrainer({ learningRate, backend: "js", precision: "float64" });
    expect(worst(trainer, losses)).toBeLessThan(1e-12);
  });

  test("the float32 reference follows it within 1e-6", async () => {
    expect(worst(await goldenTrainer({ learningRate, backend: "js" }), losses)).toBeLessThan(1e-6);
  });

  test("WebAssembly follows it within 1e-6", async () => {
    expect(worst(await goldenTrainer({ learningRate }), losses)).toBeLessThan(1e-6);
  });
});

// At its own learning rate the run is chaotic: from step 1 to step 10 every difference grows a millionfold.
describe("numpy's min-char-rnn at its own learning rate, 0.1", () => {
  const { learningRate, losses } = original!;

  test("the float64 reference follows it within 1e-6 for 10 steps", async () => {
    const trainer = await goldenTrainer({ learningRate, backend: "js", precision: "float64" });
    expect(worst(trainer, losses)).toBeLessThan(1e-6);
  });

  test("WebAssembly follows it within 1e-3 for 4 steps", async () => {
    expect(worst(await goldenTrainer({ learningRate }), losses.slice(0, 4))).toBeLessThan(1e-3);
  });

  test("each of 400 WebAssembly steps, begun where float64 stands, has float64's loss within 1e-5", async () => {
    const oracle = await goldenTrainer({ learningRate, backend: "js", precision: "float64" });
    const wasm = await goldenTrainer({ learningRate });
    for (let step = 0; step < 400; step++) {
      for (const { name, role } of oracle.model.engine.tensors) {
        if (role === "gradient" || role === "sampler-state") continue;
        wasm.model.engine.writeTensor(name, oracle.model.engine.readTensor(name));
      }
      const expected = oracle.step().loss;
      expect(Math.abs(wasm.step().loss / expected - 1), `step ${step}`).toBeLessThan(1e-5);
    }
  });
});
