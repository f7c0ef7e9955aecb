import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { createTrainer, createWasmEngine, modelFromBytes, modelToBytes, parameterHash } from "../../src/index.ts";
import { engineConfig, fuses } from "../engine/engines.ts";

const TEXT = "a rose is a rose is a rose\n".repeat(9);
const FIELDS = { hiddenSize: 8, sequenceLength: 5 };

async function compiled(build: string): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(`build/${build}.wasm`));
}

describe("a module that the host compiled itself", () => {
  for (const numerics of fuses ? (["strict", "fused"] as const) : (["strict"] as const)) {
    test(`trains to the same ${numerics} bits as the one inside the package`, async () => {
      const module = await compiled(numerics === "fused" ? "core-fused" : "core");
      const hashes = [];
      for (const host of [{}, { module }, { module, threads: "auto" as const }]) {
        const trainer = await createTrainer(TEXT, { ...FIELDS, numerics }, host);
        for (let i = 0; i < 20; i++) trainer.step();
        hashes.push(await parameterHash(trainer.model.engine));
      }
      expect(new Set(hashes).size).toBe(1);
    });
  }

  test("loads a model file", async () => {
    const { model } = await createTrainer(TEXT, FIELDS);
    const loaded = await modelFromBytes(modelToBytes(model, 0), "model", { module: await compiled("core") });
    expect(await parameterHash(loaded.engine)).toBe(await parameterHash(model.engine));
  });

  test("is refused where it is another module, wants a shared memory, or several threads are asked for", async () => {
    const create = async (build: string, threads: number) =>
      createWasmEngine(engineConfig({}), { module: await compiled(build), threads });
    await expect(create("kernels", 1)).rejects.toThrow(
      "module: expected charloom/core.wasm or core-fused.wasm, got another module",
    );
    await expect(create("core-threads", 1)).rejects.toThrow("got one that imports memory");
    await expect(create("core", 2)).rejects.toThrow("threads: expected 1 for a module of the host's own, got 2");
  });
});
