import { expect, test } from "vitest";
import {
  createReferenceEngine,
  createTrainer,
  createWasmEngine,
  TextReader,
  type WasmEngine,
} from "../../src/index.ts";
import { cells, engineConfig, randomize, relativeDifference } from "./engines.ts";

test("the workspace holds what the sampler's last step was made of", async () => {
  const { model } = await createTrainer("to be or not to be\n".repeat(20), { hiddenSize: 7 });
  const engine = model.engine as WasmEngine;
  new TextReader(model).feed("to be");
  const sums = engine.readWorkspace("sampler.gates_l0");
  const hidden = engine.readTensor("sampler.hidden_l0");
  for (const [unit, sum] of sums.entries()) expect(hidden[unit], `unit ${unit}`).toBeCloseTo(Math.tanh(sum), 6);
  expect(engine.readWorkspace("sampler.logits")).toEqual(engine.samplerLogits());
});

test("every tensor of the workspace is read in its shape, and nothing else is", async () => {
  const { model } = await createTrainer("to be or not to be\n".repeat(20), { cell: "lstm", hiddenSize: 5, layers: 2 });
  const engine = model.engine as WasmEngine;
  expect(engine.workspace.map(({ name }) => name)).toContain("sampler.gates_l1");
  for (const { name, shape } of engine.workspace) {
    expect(engine.readWorkspace(name).length, name).toBe(shape.reduce((product, size) => product * size));
  }
  expect(() => engine.readWorkspace("tokens")).toThrow(/workspace tensor "tokens": expected one of .*sampler\.logits/);
});

test("both engines keep the gates of the sampler's last step, under one name", async () => {
  for (const cell of cells) {
    const config = engineConfig({ cell, layers: 2 });
    const wasm = await createWasmEngine(config);
    const plain = createReferenceEngine(config, "float64");
    for (const engine of [wasm, plain]) {
      randomize(engine);
      engine.samplerStep(3);
      engine.samplerStep(5);
    }
    expect(plain.workspace.map(({ name }) => name)).toEqual(["sampler.gates_l0", "sampler.gates_l1"]);
    for (const { name, shape } of plain.workspace) {
      expect(wasm.workspace).toContainEqual({ name, shape });
      expect(relativeDifference(wasm.readWorkspace(name), plain.readWorkspace(name)), name).toBeLessThan(1e-5);
    }
    expect(() => plain.readWorkspace("sampler.gates_l2")).toThrow(
      'workspace tensor "sampler.gates_l2": expected one of sampler.gates_l0, sampler.gates_l1',
    );
  }
});
