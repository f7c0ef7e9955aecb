import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { ActivationName, Engine, EngineConfig, StepSettings } from "../../src/core/engine.ts";
import { cells, ENGINES, engineConfig, optimizers, relativeDifference } from "../engine/engines.ts";

interface CellCase {
  readonly case: { cell: string; layers: number; activation?: ActivationName; embedding?: number; bias?: boolean };
  readonly loss: number;
  readonly lastLogits: number[];
  readonly gradients: Record<string, number[]>;
}

interface OptimizerCase {
  readonly optimizer: string;
  readonly settings: Partial<StepSettings>;
  readonly losses: number[];
  readonly parameters: Record<string, number[]>;
}

const fixture = JSON.parse(readFileSync("test/golden/torch-parity.json", "utf8")) as {
  sizes: Pick<EngineConfig, "vocabularySize" | "hiddenSize" | "sequenceLength" | "batchSize">;
  cells: CellCase[];
  optimizers: OptimizerCase[];
};
const { vocabularySize, hiddenSize, sequenceLength, batchSize } = fixture.sizes;

/** Largest norm-relative difference; float32 leaves a few 1e-7. */
const TOLERANCE: Readonly<Record<string, number>> = { wasm: 3e-6, "wasm fused": 3e-6, "js float32": 3e-6, "js float64": 1e-12 };

/** The weights of torch_parity.py: PyTorch's names, sorted, number the tensors. */
function writeWeights(engine: Engine, torchNames: readonly string[]): void {
  const sorted = [...torchNames].sort();
  for (const { name, role, shape } of engine.tensors) {
    if (role !== "parameter") continue;
    const count = shape.reduce((product, size) => product * size, 1);
    // b_hn is the last third of PyTorch's bias_hh
    const torchName = name.replace("bias_hn", "bias_hh");
    const start = torchName === name ? 0 : 2 * hiddenSize;
    const index = sorted.indexOf(torchName);
    const values = Float64Array.from({ length: count }, (_, i) => 0.4 * Math.sin(1 + 1.7 * (start + i) + 0.9 * index));
    engine.writeTensor(name, values);
  }
}

/** The tokens and targets of torch_parity.py's `chunk`, time-major. */
function chunk(step: number) {
  const rows = Array.from({ length: sequenceLength * batchSize }, (_, i) => [Math.floor(i / batchSize), i % batchSize]);
  return {
    tokens: rows.map(([t, n]) => (3 * t! + 5 * n! + 2 * step) % vocabularySize),
    targets: rows.map(([t, n]) => (4 * t! + 3 * n! + step + 1) % vocabularySize),
  };
}

test("PyTorch was asked for every cell and every optimizer", () => {
  expect(new Set(fixture.cells.map((each) => each.case.cell))).toEqual(new Set(cells));
  expect(new Set(fixture.optimizers.map((each) => each.optimizer))).toEqual(new Set(optimizers));
});

for (const [name, create] of Object.entries(ENGINES)) {
  const tolerance = TOLERANCE[name]!;

  describe(`${name} agrees with PyTorch`, () => {
    for (const { case: options, loss, lastLogits, gradients } of fixture.cells) {
      const { cell, layers, activation = "tanh", embedding = 0, bias = true } = options;
      test(`in loss, logits and gradients: ${JSON.stringify(options)}`, async () => {
        const config = engineConfig({ ...fixture.sizes, cell, layers, activation, embeddingSize: embedding, bias });
        const engine = await create(config);
        writeWeights(engine, Object.keys(gradients));
        const { tokens, targets } = chunk(0);
        expect(Math.abs(engine.lossAndGradients(tokens, targets).loss / loss - 1)).toBeLessThan(tolerance);
        for (const { name: tensor, role } of engine.tensors) {
          if (role !== "gradient") continue;
          const torchName = tensor.replace("grad.", "").replace("bias_hn", "bias_hh");
          const expected = gradients[torchName]!;
          const part = tensor.includes("bias_hn") ? expected.slice(2 * hiddenSize) : expected;
          expect(relativeDifference(engine.readTensor(tensor), part), tensor).toBeLessThan(tolerance);
        }
        for (let t = 0; t < sequenceLength; t++) engine.samplerStep(tokens[t * batchSize]!);
        expect(relativeDifference(engine.samplerLogits(), lastLogits)).toBeLessThan(tolerance);
      });
    }

    for (const { optimizer, settings, losses, parameters } of fixture.optimizers) {
      test(`in 10 steps of ${optimizer} ${JSON.stringify(settings)}`, async () => {
        const engine = await create(engineConfig({ ...fixture.sizes, optimizer }));
        // the second bias takes a number in the order, but has no gradient of its own
        writeWeights(engine, [...Object.keys(parameters), "rnn.bias_hh_l0"]);
        const lossScale = 1 / (sequenceLength * batchSize);
        const found = losses.map((_, step) => {
          const { tokens, targets } = chunk(step);
          return lossScale * engine.trainStep(tokens, targets, { ...settings, lossScale, step: step + 1 }).loss;
        });
        expect(relativeDifference(found, losses)).toBeLessThan(tolerance);
        for (const [tensor, expected] of Object.entries(parameters)) {
          expect(relativeDifference(engine.readTensor(tensor), expected), tensor).toBeLessThan(3 * tolerance);
        }
      });
    }
  });
}
