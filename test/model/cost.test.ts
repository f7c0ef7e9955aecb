import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type EngineConfig, PLAIN_MODEL } from "../../src/core/engine.ts";
import { createWasmEngine } from "../../src/core/wasm-engine.ts";
import { instantiateCore, readRegistries } from "../../src/core/wasm-module.ts";
import { estimateSeconds, estimateStep, type MachineSpeed, stepWork, TYPICAL } from "../../src/model/cost.ts";

const { cells, optimizers } = readRegistries(await instantiateCore());

const SMALL: EngineConfig = {
  ...PLAIN_MODEL,
  cell: "rnn",
  optimizer: "adagrad",
  vocabularySize: 65,
  hiddenSize: 100,
  batchSize: 1,
  sequenceLength: 25,
};
const LARGE: EngineConfig = { ...SMALL, hiddenSize: 256, layers: 2, batchSize: 32, sequenceLength: 40 };

describe("the estimate of memory is what an engine takes, to a hundredth or a page", () => {
  const variants: Readonly<Record<string, Partial<EngineConfig>>> = {
    "min-char-rnn's sizes": {},
    "no biases": { bias: false },
    "a tiny model": { hiddenSize: 3, vocabularySize: 2, sequenceLength: 1 },
    "two layers and a batch": LARGE,
    "an embedding": { ...LARGE, embeddingSize: 24 },
    "a tied embedding": { ...LARGE, embeddingSize: 256, tied: true },
    "sizes that fill no vector": { ...LARGE, hiddenSize: 129, vocabularySize: 67, batchSize: 5, layers: 3 },
    "a large vocabulary": { vocabularySize: 20_000, hiddenSize: 64 },
  };
  for (const cell of cells) {
    for (const [name, fields] of Object.entries(variants)) {
      test(`${cell}: ${name}`, async () => expectMemory({ ...SMALL, ...fields, cell }));
    }
  }
  for (const optimizer of optimizers) {
    test(`${optimizer} on a batch`, async () => expectMemory({ ...LARGE, optimizer }));
  }

  for (const threads of [2, 3]) {
    test(`a batch for ${threads} threads`, async () => expectMemory(LARGE, threads));
  }

  async function expectMemory(config: EngineConfig, threads = 1): Promise<void> {
    const engine = await createWasmEngine(config, { threads });
    const { bytes } = estimateStep(config, threads);
    engine.dispose();
    // both are whole pages, between which a small model's last bytes decide
    expect(Math.abs(bytes - engine.memoryBytes)).toBeLessThanOrEqual(Math.max(0.01 * engine.memoryBytes, 65_536));
  }
});

describe("the operations of a step", () => {
  test("are min-char-rnn's: 2 · ((3T - 1)·H² + 3T·V·H)", () => {
    const { flops, forwardFlops } = estimateStep(SMALL);
    expect(flops).toBe(2 * ((3 * 25 - 1) * 100 ** 2 + 3 * 25 * 65 * 100));
    expect(forwardFlops).toBe(2 * (25 * 100 ** 2 + 25 * 65 * 100));
  });

  test("of an LSTM are four times a vanilla cell's, without the decoder", () => {
    const recurrent = (cell: string) => {
      const [one, two] = [1, 2].map((layers) => estimateStep({ ...LARGE, cell, layers }).flops) as [number, number];
      return two - one;
    };
    expect(recurrent("lstm")).toBe(4 * recurrent("rnn"));
    expect(recurrent("gru")).toBe(3 * recurrent("rnn"));
  });

  test("of a minimal GRU have none over the state", () => {
    const flops = (sequenceLength: number) => estimateStep({ ...SMALL, cell: "mingru", sequenceLength }).flops;
    expect(flops(50)).toBe(2 * flops(25));
  });

  test("grow with the batch in proportion, and so do elements but for those of the parameters", () => {
    const [one, two, three] = [1, 2, 3].map((batchSize) => estimateStep({ ...LARGE, batchSize: 8 * batchSize }));
    expect(two!.flops).toBe(2 * one!.flops);
    expect(three!.elements - two!.elements).toBe(two!.elements - one!.elements);
    expect(two!.elements).toBeLessThan(2 * one!.elements);
  });
});

describe("the estimate of seconds", () => {
  const MACHINE: MachineSpeed = {
    fewRowsFlops: { strict: 1e9, fused: 2e9 },
    manyRowsFlops: { strict: 4e9, fused: 8e9 },
    nonlinearities: 1e30,
    elements: 1e30,
    overheadSeconds: 0,
    threadShare: 0.5,
  };
  const ONE = { numerics: "strict", threads: 1 } as const;

  test("takes products of few rows and of many at their own throughput", () => {
    // one row a time step, but a gradient of W_hh over all of them
    const minGru = { ...SMALL, cell: "mingru", batchSize: 4 };
    expect(estimateSeconds(minGru, ONE, MACHINE)).toBeCloseTo(estimateStep(minGru).flops / 4e9, 12);
    const few = 2 * (25 + 24) * 100 ** 2;
    const { flops } = estimateStep(SMALL);
    expect(estimateSeconds(SMALL, ONE, MACHINE)).toBeCloseTo(few / 1e9 + (flops - few) / 4e9, 12);
  });

  test("is halved by numerics that are twice as fast, and divided by what threads add", () => {
    const seconds = estimateSeconds(LARGE, ONE, MACHINE);
    expect(estimateSeconds(LARGE, { ...ONE, numerics: "fused" }, MACHINE)).toBeCloseTo(seconds / 2, 12);
    expect(estimateSeconds(LARGE, { ...ONE, threads: 3 }, MACHINE)).toBeCloseTo(seconds / 2, 12);
  });

  test("counts an exponential for each gate, the LSTM's tanh of its cell, and the vocabulary", () => {
    expect(stepWork(SMALL).nonlinearities).toBe(25 * (100 + 65));
    expect(stepWork({ ...SMALL, cell: "lstm" }).nonlinearities).toBe(25 * (500 + 65));
    const seconds = estimateSeconds(SMALL, ONE, MACHINE);
    const slower = estimateSeconds(SMALL, ONE, { ...MACHINE, nonlinearities: 1e8 });
    expect(slower).toBeCloseTo(seconds + (25 * 165) / 1e8, 12);
  });

  test("has elements and overhead as parts of its own", () => {
    const { elements } = estimateStep(SMALL);
    const seconds = estimateSeconds(SMALL, ONE, MACHINE);
    expect(estimateSeconds(SMALL, ONE, { ...MACHINE, elements: 1e9 })).toBeCloseTo(seconds + elements / 1e9, 12);
    expect(estimateSeconds(SMALL, ONE, { ...MACHINE, overheadSeconds: 1 })).toBeCloseTo(seconds + 1, 12);
  });

  test("of a typical machine is a plausible time of min-char-rnn's step: 50 µs to 1 ms", () => {
    const seconds = estimateSeconds(SMALL, ONE, TYPICAL);
    expect(seconds).toBeGreaterThan(50e-6);
    expect(seconds).toBeLessThan(1e-3);
  });
});

test("docs/scaling.md gives the typical machine's rates", () => {
  const page = readFileSync("docs/scaling.md", "utf8");
  const rates = [...page.matchAll(/^\| ([a-e]) \|.*\| ([\d.]+) \| ([\d.]+) \|$/gm)].map(([, name, strict, fused]) => [
    name,
    Number(strict),
    Number(fused),
  ]);
  const { fewRowsFlops: few, manyRowsFlops: many, nonlinearities, elements, overheadSeconds } = TYPICAL;
  expect(rates).toEqual([
    ["a", few.strict / 1e9, few.fused / 1e9],
    ["b", many.strict / 1e9, many.fused / 1e9],
    ["c", nonlinearities / 1e9, nonlinearities / 1e9],
    ["d", elements / 1e9, elements / 1e9],
    ["e", overheadSeconds * 1e6, overheadSeconds * 1e6],
  ]);
});

test("a cell or an optimizer that the model does not know is refused", () => {
  expect(() => estimateStep({ ...SMALL, cell: "ntm" })).toThrow(
    'cell: expected rnn or lstm or gru or mingru, got "ntm"',
  );
  expect(() => estimateStep({ ...SMALL, optimizer: "lion" })).toThrow(RangeError);
});
