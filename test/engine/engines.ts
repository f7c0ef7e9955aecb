/** The engines under test, enumerated from the registries: a new cell or optimizer is tested without editing a test. */

import { isDeepStrictEqual } from "node:util";
import { expect, vi } from "vitest";
import { type Engine, type EngineConfig, PLAIN_MODEL } from "../../src/core/engine.ts";
import { RandomStream } from "../../src/core/random.ts";
import { createWasmEngine } from "../../src/core/wasm-engine.ts";
import { instantiateCore, readRegistries } from "../../src/core/wasm-module.ts";
import { createReferenceEngine } from "../../src/reference/reference-engine.ts";

export const { cells, optimizers } = readRegistries(await instantiateCore());

/** Whether this machine multiplies and adds in one, and this JavaScript engine lets it. */
export const fuses = await instantiateCore("fused").then(
  () => true,
  (error: unknown) => {
    if (error instanceof RangeError) return false;
    throw error;
  },
);
if (!fuses) console.warn("This machine has no fused multiply-add: the fused engine is not tested.");

export const ENGINES: Readonly<Record<string, (config: EngineConfig) => Promise<Engine>>> = {
  wasm: (config) => createWasmEngine(config),
  ...(fuses ? { "wasm fused": (config: EngineConfig) => createWasmEngine(config, { numerics: "fused" }) } : {}),
  "js float32": async (config) => createReferenceEngine(config, "float32"),
  "js float64": async (config) => createReferenceEngine(config, "float64"),
};

export function engineConfig(fields: Partial<EngineConfig> = {}): EngineConfig {
  return {
    ...PLAIN_MODEL,
    cell: "rnn",
    optimizer: "adagrad",
    vocabularySize: 17,
    hiddenSize: 21,
    batchSize: 1,
    sequenceLength: 12,
    ...fields,
  };
}

/** A chunk of random tokens and targets, time-major. */
export function randomChunk(config: EngineConfig, timeSteps = config.sequenceLength, seed = 7) {
  const random = new RandomStream(seed, 99);
  const draw = () =>
    Array.from({ length: timeSteps * config.batchSize }, () => random.nextWord() % config.vocabularySize);
  return { tokens: draw(), targets: draw() };
}

/** Weights large enough for gradients that matter, and a carried state that is not zero. */
export function randomize(engine: Engine, seed = 3): void {
  engine.initializeParameters({ kind: "normal", scale: 0.3 }, seed);
  const random = new RandomStream(seed, 98);
  for (const { name, role, shape } of engine.tensors) {
    if (role !== "state" && !(role === "parameter" && shape.length === 1)) continue;
    const count = shape.reduce((product, size) => product * size, 1);
    engine.writeTensor(
      name,
      Float32Array.from({ length: count }, () => random.nextUnit() - 0.5),
    );
  }
}

/** The values of all tensors of a role, by name. */
export function tensorsOf(engine: Engine, role: string): Map<string, number[]> {
  const tensors = engine.tensors.filter((tensor) => tensor.role === role);
  return new Map(tensors.map(({ name }) => [name, [...engine.readTensor(name)]]));
}

/** The same numbers, -0 apart from +0. toEqual takes microseconds for each, so that it is asked only where they differ. */
export const expectSame = vi.defineHelper((found: unknown, expected: unknown): void => {
  if (!isDeepStrictEqual(found, expected)) expect(found).toEqual(expected);
});

/** ‖a - b‖ / ‖b‖ */
export function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    norm += b[i]! ** 2;
  }
  return difference === 0 ? 0 : Math.sqrt(difference / norm);
}
