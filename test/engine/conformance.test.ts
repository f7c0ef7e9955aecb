import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { drawIndex } from "../../src/core/draw.ts";
import { type Engine, type EngineConfig, NO_TARGET } from "../../src/core/engine.ts";
import { InvalidValueError } from "../../src/core/errors.ts";
import { RandomStream } from "../../src/core/random.ts";
import type { WasmEngine } from "../../src/core/wasm-engine.ts";
import { REFERENCE_CELLS, REFERENCE_OPTIMIZERS } from "../../src/reference/registry.ts";
import {
  cells,
  ENGINES,
  engineConfig,
  expectSame,
  fuses,
  optimizers,
  randomChunk,
  randomize,
  relativeDifference,
  tensorsOf,
} from "./engines.ts";

const SETTINGS = { learningRate: 0.001, clipValue: 5, clipNorm: 20, weightDecay: 1e-4, momentum: 0.5, nesterov: true };
const HOLD = { learningRate: 0, clipValue: 5 };

test("the module and the reference know the same cells and optimizers", () => {
  expect(Object.keys(REFERENCE_CELLS)).toEqual(cells);
  expect(Object.keys(REFERENCE_OPTIMIZERS)).toEqual(optimizers);
});

test("the core imports nothing", async () => {
  const module = await WebAssembly.compile(await readFile("build/core.wasm"));
  expect(WebAssembly.Module.imports(module)).toEqual([]);
});

test.skipIf(!fuses)("fused numerics are other bits than strict ones, as near to float64's", async () => {
  const config = engineConfig({ cell: "lstm", layers: 2, batchSize: 5 });
  const { tokens, targets } = randomChunk(config);
  const losses = await Promise.all(
    ["wasm", "wasm fused", "js float64"].map(async (name) => {
      const engine = await ENGINES[name]!(config);
      randomize(engine);
      return { loss: engine.trainStep(tokens, targets, SETTINGS).loss, state: tensorsOf(engine, "parameter") };
    }),
  );
  const [strict, fused, exact] = losses;
  expect(fused!.state).not.toEqual(strict!.state);
  for (const { loss } of [strict!, fused!]) expect(Math.abs(loss / exact!.loss - 1)).toBeLessThan(1e-6);
});

for (const cell of cells) {
  for (const [name, create] of Object.entries(ENGINES)) {
    describe(`${name} ${cell}`, () => {
      test("one 12-step chunk equals three 4-step chunks, to the bit", async () => {
        const config = engineConfig({ cell, batchSize: 3 });
        const { tokens, targets } = randomChunk(config);
        const whole = await create(config);
        const split = await create(config);
        randomize(whole);
        randomize(split);
        whole.trainStep(tokens, targets, HOLD);
        for (let start = 0; start < tokens.length; start += 12) {
          split.trainStep(tokens.slice(start, start + 12), targets.slice(start, start + 12), HOLD);
        }
        expectSame(tensorsOf(split, "state"), tensorsOf(whole, "state"));
      });

      test("the loss of a chunk is the sum of the losses of its parts", async () => {
        const config = engineConfig({ cell });
        const { tokens, targets } = randomChunk(config);
        const engine = await create(config);
        randomize(engine);
        const whole = engine.lossAndGradients(tokens, targets).loss;
        let sum = 0;
        for (let t = 0; t < tokens.length; t++) sum += engine.trainStep([tokens[t]!], [targets[t]!], HOLD).loss;
        expect(sum).toBe(whole);
      });

      test("a token drawn in one call is the token drawn from the probabilities after a step", async () => {
        const config = engineConfig({ cell });
        const [once, apart] = [await create(config), await create(config)];
        const random = new RandomStream(4, 97);
        for (const engine of [once, apart]) {
          randomize(engine);
          engine.resetSampler();
        }
        let token = 0;
        for (let i = 0; i < 50; i++) {
          const unit = random.nextUnit();
          apart.samplerStep(token);
          const expected = drawIndex(apart.samplerProbabilities(1.3), unit);
          token = once.samplerDraw(token, 1.3, unit);
          expect(token).toBe(expected);
        }
      });

      test("a row of a batch gives the same state alone, to the bit", async () => {
        const batch = engineConfig({ cell, batchSize: 6 });
        const single = engineConfig({ cell, batchSize: 1 });
        const { tokens, targets } = randomChunk(batch);
        const together = await create(batch);
        randomize(together);
        const before = tensorsOf(together, "state");
        together.trainStep(tokens, targets, HOLD);
        for (let row = 0; row < 6; row++) {
          const alone = await create(single);
          for (const [tensor, values] of tensorsOf(together, "parameter")) alone.writeTensor(tensor, values);
          for (const [tensor, values] of before) alone.writeTensor(tensor, rowOf(values, row, 6));
          const column = (indices: number[]) => indices.filter((_, i) => i % 6 === row);
          alone.trainStep(column(tokens), column(targets), HOLD);
          for (const [tensor, values] of tensorsOf(together, "state")) {
            expect([...alone.readTensor(tensor)], `${tensor}, row ${row}`).toEqual(rowOf(values, row, 6));
          }
        }
      });

      test("a batch padded with NO_TARGET has the loss and the gradients of its rows one by one", async () => {
        const config = engineConfig({ cell, batchSize: 3 });
        const lengths = [12, 5, 0];
        const { tokens, targets } = randomChunk(config);
        const padded = targets.map((target, i) => (Math.floor(i / 3) < lengths[i % 3]! ? target : NO_TARGET));
        const engine = await create(config);
        randomize(engine);
        engine.resetState();
        const { loss } = engine.lossAndGradients(tokens, padded, { lossScale: 0.5 });
        const single = await create(engineConfig({ cell }));
        const sums = new Map<string, number[]>();
        let sum = 0;
        for (const [row, length] of lengths.entries()) {
          if (length === 0) continue;
          for (const [tensor, values] of tensorsOf(engine, "parameter")) single.writeTensor(tensor, values);
          const column = (indices: number[]) => indices.filter((_, i) => i % 3 === row).slice(0, length);
          sum += single.lossAndGradients(column(tokens), column(targets), { lossScale: 0.5 }).loss;
          for (const [tensor, values] of tensorsOf(single, "gradient")) {
            const before = sums.get(tensor);
            sums.set(tensor, before === undefined ? values : values.map((value, i) => value + before[i]!));
          }
        }
        expect(Math.abs(loss / sum - 1)).toBeLessThan(1e-6);
        for (const [tensor, values] of sums) {
          expect(relativeDifference(engine.readTensor(tensor), values), tensor).toBeLessThan(1e-5);
        }
      });

      test("the sampler's step equals a training chunk of one token, to the bit", async () => {
        const config = engineConfig({ cell });
        const engine = await create(config);
        randomize(engine);
        engine.copyStateToSampler();
        for (const token of [3, 0, 16, 16]) {
          engine.samplerStep(token);
          engine.trainStep([token], [0], HOLD);
          const sampler = [...tensorsOf(engine, "sampler-state").values()];
          expect(sampler).toEqual([...tensorsOf(engine, "state").values()]);
        }
      });

      test("the sampler's probabilities are those that the loss is made of", async () => {
        const config = engineConfig({ cell });
        const engine = await create(config);
        randomize(engine);
        engine.resetState();
        engine.resetSampler();
        engine.samplerStep(4);
        const { loss } = engine.lossAndGradients([4], [9]);
        expect(-Math.log(engine.samplerProbabilities(1)[9]!)).toBeCloseTo(loss, 5);
      });

      test("a fresh engine starts from a zero state, and resetState returns to it", async () => {
        const config = engineConfig({ cell });
        const { tokens, targets } = randomChunk(config);
        const engine = await create(config);
        engine.initializeParameters({ kind: "normal", scale: 0.3 }, 1);
        const { loss } = engine.lossAndGradients(tokens, targets);
        engine.trainStep(tokens, targets, HOLD);
        expect(engine.lossAndGradients(tokens, targets).loss).not.toBe(loss);
        engine.resetState();
        expect(engine.lossAndGradients(tokens, targets).loss).toBe(loss);
      });

      test("lossAndGradients changes neither parameters, slots nor state", async () => {
        const config = engineConfig({ cell });
        const { tokens, targets } = randomChunk(config);
        const engine = await create(config);
        randomize(engine);
        const roles = ["parameter", "optimizer-slot", "state"];
        const before = roles.map((role) => tensorsOf(engine, role));
        engine.lossAndGradients(tokens, targets);
        expect(roles.map((role) => tensorsOf(engine, role))).toEqual(before);
      });

      test("a token outside the vocabulary is refused, and a chunk that is too long", async () => {
        const engine = await create(engineConfig({ cell }));
        expect(() => engine.trainStep([17], [0], SETTINGS)).toThrow(
          new InvalidValueError("token: expected a whole number from 0 to 16, got 17"),
        );
        expect(() => engine.trainStep([0], [-1], SETTINGS)).toThrow(RangeError);
        expect(() => engine.trainStep([0.5], [0], SETTINGS)).toThrow(RangeError);
        expect(() => engine.samplerStep(17)).toThrow(RangeError);
        expect(() => engine.trainStep(new Array(13).fill(0), new Array(13).fill(0), SETTINGS)).toThrow(RangeError);
        expect(() => engine.trainStep([], [], SETTINGS)).toThrow(RangeError);
        expect(() => engine.trainStep([1, 2], [1], SETTINGS)).toThrow(RangeError);
      });
    });
  }

  for (const optimizer of optimizers) {
    describe(`wasm ${cell}, ${optimizer}`, () => {
      const config = engineConfig({ cell, optimizer, vocabularySize: 65, hiddenSize: 100, sequenceLength: 25 });

      async function trained(config: EngineConfig, steps: number): Promise<Engine> {
        const engine = await ENGINES.wasm!(config);
        engine.initializeParameters({ kind: "normal", scale: 0.01 }, 11);
        for (let step = 0; step < steps; step++) {
          const { tokens, targets } = randomChunk(config, config.sequenceLength, step);
          engine.trainStep(tokens, targets, SETTINGS);
        }
        return engine;
      }

      test("1,000 steps and 1,000 samples leave memory as it was: no growth, no detached view", async () => {
        const engine = (await trained(config, 1)) as WasmEngine;
        const buffer = engine.memory.buffer;
        const { tokens, targets } = randomChunk(config);
        for (let step = 0; step < 1000; step++) {
          engine.trainStep(tokens, targets, SETTINGS);
          engine.samplerStep(tokens[step % 25]!);
          engine.samplerProbabilities(0.8);
        }
        expect(engine.memory.buffer).toBe(buffer);
      });

      test("the same seed gives the same bits twice", async () => {
        const first = await trained(config, 50);
        const second = await trained(config, 50);
        for (const role of ["parameter", "optimizer-slot", "state"]) {
          expectSame(tensorsOf(second, role), tensorsOf(first, role));
        }
      });

      test("one update equals float64's, from the same parameters and slots", async () => {
        const wasm = await trained(config, 20);
        const oracle = await ENGINES["js float64"]!(config);
        for (const role of ["parameter", "optimizer-slot", "state"]) {
          for (const [tensor, values] of tensorsOf(wasm, role)) oracle.writeTensor(tensor, values);
        }
        const { tokens, targets } = randomChunk(config, 25, 1000);
        wasm.trainStep(tokens, targets, SETTINGS);
        oracle.trainStep(tokens, targets, SETTINGS);
        for (const role of ["parameter", "optimizer-slot", "state"]) {
          for (const [tensor, values] of tensorsOf(wasm, role)) {
            expect(relativeDifference(values, oracle.readTensor(tensor)), tensor).toBeLessThan(3e-6);
          }
        }
      });
    });
  }
}

test("weights of a seed are the same bits in WebAssembly and TypeScript", async () => {
  for (const kind of ["normal", "uniform"] as const) {
    const wasm = await ENGINES.wasm!(engineConfig());
    const reference = await ENGINES["js float32"]!(engineConfig());
    wasm.initializeParameters({ kind, scale: 0.01 }, 2 ** 40 + 3);
    reference.initializeParameters({ kind, scale: 0.01 }, 2 ** 40 + 3);
    expectSame(tensorsOf(wasm, "parameter"), tensorsOf(reference, "parameter"));
  }
});

test("tensors are row-major to the outside, however the module keeps them", async () => {
  const engine = await ENGINES.wasm!(engineConfig());
  const values = Float32Array.from({ length: 21 * 17 }, (_, i) => i);
  engine.writeTensor("rnn.weight_ih_l0", values);
  expect(engine.readTensor("rnn.weight_ih_l0")).toEqual(values);
  expect(() => engine.writeTensor("rnn.weight_ih_l0", [1])).toThrow(
    new InvalidValueError('tensor "rnn.weight_ih_l0": expected 357 values, got 1'),
  );
  expect(() => engine.readTensor("tokens")).toThrow(/^tensor "tokens": expected one of rnn\.weight_ih_l0/);
});

test("a configuration outside the limits is refused by name", async () => {
  for (const create of Object.values(ENGINES)) {
    await expect(create(engineConfig({ hiddenSize: 0 }))).rejects.toThrow(
      new InvalidValueError("hiddenSize: expected a whole number from 1 to 8192, got 0"),
    );
    await expect(create(engineConfig({ cell: "tape" }))).rejects.toThrow(/^cell: expected rnn/);
  }
});

test("a model larger than a WebAssembly memory is refused, not trapped", async () => {
  const config = engineConfig({ vocabularySize: 1_000_000, hiddenSize: 8192 });
  await expect(ENGINES.wasm!(config)).rejects.toThrow(
    /^model: hidden size 8192, vocabulary 1000000 .* choose smaller ones$/,
  );
});

/** Row `row` of values (rows, width). */
function rowOf(values: number[], row: number, rows: number): number[] {
  const width = values.length / rows;
  return values.slice(row * width, (row + 1) * width);
}
