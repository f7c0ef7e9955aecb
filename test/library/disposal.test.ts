import { expect, test, vi } from "vitest";
import { createTrainer, createWasmEngine, DisposedError, modelFromBytes, modelToBytes } from "../../src/index.ts";
import { engineConfig, randomChunk } from "../engine/engines.ts";

const FIELDS = { hiddenSize: 8, batchSize: 4, sequenceLength: 5 };
const TEXT = "a rose is a rose is a rose\n".repeat(9);

test("using ends the threads of an engine, which then takes no more calls", async () => {
  const config = engineConfig({ batchSize: 4 });
  const { tokens, targets } = randomChunk(config);
  let kept: Awaited<ReturnType<typeof createWasmEngine>>;
  {
    using engine = await createWasmEngine(config, { threads: 2 });
    kept = engine;
    engine.trainStep(tokens, targets, {});
  }
  expect(() => kept.trainStep(tokens, targets, {})).toThrow(DisposedError);
});

test("using ends the threads of a trainer's model, and of a model that was loaded", async () => {
  let engine: { dispose(): void; threads: number };
  let bytes: Uint8Array;
  const ended = [];
  {
    using trainer = await createTrainer(TEXT, FIELDS, { threads: 2 });
    trainer.step();
    engine = trainer.model.engine;
    ended.push(vi.spyOn(engine, "dispose"));
    bytes = modelToBytes(trainer.model, trainer.steps);
  }
  {
    using model = await modelFromBytes(bytes, "model", { threads: 2 });
    ended.push(vi.spyOn(model.engine, "dispose"));
  }
  for (const dispose of ended) expect(dispose).toHaveBeenCalledOnce();
});

test("an engine on one thread, or in plain TypeScript, can be used so as well", async () => {
  for (const backend of ["wasm", "js"] as const) {
    using trainer = await createTrainer(TEXT, { ...FIELDS, backend });
    expect(trainer.step().step).toBe(1);
  }
});
