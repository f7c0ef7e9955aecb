/** A model may lie above 2 GiB of the memory, where JavaScript has the module's addresses as negative numbers. */

import { expect, test } from "vitest";
import { WasmEngine } from "../../src/core/wasm-engine.ts";
import { instantiateCore } from "../../src/core/wasm-module.ts";
import { engineConfig, expectSame, randomChunk, randomize, tensorsOf } from "./engines.ts";

test("above 2 GiB a model learns and says what it says below", async () => {
  const config = engineConfig({ cell: "lstm", layers: 2, batchSize: 5, optimizer: "adam" });
  const { tokens, targets } = randomChunk(config);
  const [low, high] = [await instantiateCore(), await instantiateCore()];
  // nothing is written there, so that none of the machine's memory is used
  for (let blocks = 0; blocks < 3; blocks++) expect(high.allocate(2 ** 30 - 2 ** 16)).not.toBe(0);
  expect(high.allocate(16)).toBeLessThan(0);
  const [expected, found] = [low, high].map((core) => {
    const engine = new WasmEngine(core, config);
    randomize(engine);
    const { loss } = engine.trainStep(tokens, targets, { learningRate: 0.01 });
    engine.samplerStep(3);
    return { loss, logits: engine.samplerLogits(), names: engine.tensors, parameters: tensorsOf(engine, "parameter") };
  });
  expectSame(found, expected);
});
