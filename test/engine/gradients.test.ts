import { describe, expect, test } from "vitest";
import { checkGradients } from "../../src/train/gradient-check.ts";
import { cells, ENGINES, engineConfig, randomChunk, randomize, relativeDifference } from "./engines.ts";

/** Float32 leaves about 3e-7, float64 about 6e-10; an error in an equation leaves 1e-2 or more. */
const TOLERANCE: Readonly<Record<string, number>> = { wasm: 1e-6, "js float32": 1e-6, "js float64": 1e-8 };

const SIZES = [
  { vocabularySize: 2, hiddenSize: 1, batchSize: 1, sequenceLength: 1 },
  { vocabularySize: 3, hiddenSize: 5, batchSize: 3, sequenceLength: 2 },
  { vocabularySize: 17, hiddenSize: 21, batchSize: 1, sequenceLength: 12 },
  { vocabularySize: 9, hiddenSize: 33, batchSize: 5, sequenceLength: 6 },
];

for (const cell of cells) {
  for (const [name, create] of Object.entries(ENGINES)) {
    describe(`${name} ${cell}`, () => {
      for (const size of SIZES) {
        const { vocabularySize, hiddenSize, batchSize, sequenceLength } = size;
        test(`gradients equal central differences at V ${vocabularySize}, H ${hiddenSize}, N ${batchSize}, T ${sequenceLength}`, async () => {
          const config = engineConfig({ cell, ...size });
          const engine = await create(config);
          randomize(engine);
          const { tokens, targets } = randomChunk(config);
          for (const { parameter, relativeError } of checkGradients(engine, tokens, targets)) {
            expect(relativeError, parameter).toBeLessThan(TOLERANCE[name]!);
          }
        });
      }
    });
  }

  test(`wasm ${cell}: gradients at min-char-rnn's sizes equal those of float64`, async () => {
    const config = engineConfig({ cell, vocabularySize: 65, hiddenSize: 100, sequenceLength: 25 });
    const wasm = await ENGINES.wasm!(config);
    const oracle = await ENGINES["js float64"]!(config);
    const { tokens, targets } = randomChunk(config);
    wasm.initializeParameters({ kind: "normal", scale: 0.1 }, 5);
    oracle.initializeParameters({ kind: "normal", scale: 0.1 }, 5);
    const { loss } = wasm.lossAndGradients(tokens, targets);
    expect(loss / oracle.lossAndGradients(tokens, targets).loss).toBeCloseTo(1, 7);
    for (const { name, role } of wasm.tensors) {
      if (role !== "gradient") continue;
      expect(relativeDifference(wasm.readTensor(name), oracle.readTensor(name)), name).toBeLessThan(1e-6);
    }
  });
}
