import { describe, expect, test } from "vitest";
import { ACTIVATIONS, type EngineConfig } from "../../src/core/engine.ts";
import { checkGradients } from "../../src/train/gradient-check.ts";
import { cells, ENGINES, engineConfig, randomChunk, randomize, relativeDifference } from "./engines.ts";

/** Float32 leaves about 3e-7, float64 the differences' own up to 2e-7 in deep layers; an error in an equation leaves 1e-2 or more. */
const TOLERANCE: Readonly<Record<string, number>> = {
  wasm: 1e-6,
  "wasm fused": 1e-6,
  "js float32": 1e-6,
  "js float64": 5e-7,
};

const SIZES: Readonly<Record<string, Partial<EngineConfig>>> = {
  "the smallest sizes": { vocabularySize: 2, hiddenSize: 1, sequenceLength: 1 },
  "a batch": { vocabularySize: 5, hiddenSize: 9, batchSize: 3, sequenceLength: 4 },
  "no biases": { vocabularySize: 5, hiddenSize: 6, sequenceLength: 5, bias: false },
  "three layers": { vocabularySize: 5, hiddenSize: 6, batchSize: 2, sequenceLength: 4, layers: 3 },
  "an embedding": { vocabularySize: 7, hiddenSize: 5, sequenceLength: 5, embeddingSize: 3, layers: 2 },
  "a tied embedding": {
    vocabularySize: 7,
    hiddenSize: 5,
    batchSize: 2,
    sequenceLength: 5,
    embeddingSize: 5,
    tied: true,
  },
};

for (const cell of cells) {
  for (const [name, create] of Object.entries(ENGINES)) {
    describe(`${name} ${cell}`, () => {
      for (const [what, size] of Object.entries(SIZES)) {
        for (const activation of cell === "rnn" ? ACTIVATIONS : ACTIVATIONS.slice(0, 1)) {
          test(`gradients equal central differences with ${what}, ${activation}`, async () => {
            const config = engineConfig({ cell, activation, ...size });
            const engine = await create(config);
            randomize(engine);
            const { tokens, targets } = randomChunk(config);
            for (const { parameter, relativeError } of checkGradients(engine, tokens, targets)) {
              expect(relativeError, parameter).toBeLessThan(TOLERANCE[name]!);
            }
          });
        }
      }
    });
  }

  test(`wasm ${cell}: gradients of 2 layers at ordinary sizes, with dropout, equal those of float64`, async () => {
    const config = engineConfig({ cell, vocabularySize: 65, hiddenSize: 101, sequenceLength: 25, layers: 2 });
    const wasm = await ENGINES.wasm!(config);
    const oracle = await ENGINES["js float64"]!(config);
    const { tokens, targets } = randomChunk(config);
    wasm.initializeParameters({ kind: "normal", scale: 0.1 }, 5);
    oracle.initializeParameters({ kind: "normal", scale: 0.1 }, 5);
    const settings = { dropout: 0.3, step: 5, seed: 9, lossScale: 1 / 25 };
    const { loss } = wasm.lossAndGradients(tokens, targets, settings);
    expect(loss / oracle.lossAndGradients(tokens, targets, settings).loss).toBeCloseTo(1, 6);
    for (const { name, role } of wasm.tensors) {
      if (role !== "gradient") continue;
      expect(relativeDifference(wasm.readTensor(name), oracle.readTensor(name)), name).toBeLessThan(2e-6);
    }
  });
}
