/**
 * The declarations of the installed package, read by TypeScript as projects of several kinds have it, and checked themselves
 * (`skipLibCheck: false`): with the types of Node or of the browser, and with neither.
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { emptyFolder, unpackInto } from "./installed.ts";

const SOURCES = {
  /** All entries, as a project for Node uses them. */
  "node.ts": `
import { createTrainer, sample } from "charloom";
import compiled from "charloom/core.wasm";
import { loadModel, saveModel } from "charloom/node";
import { inferenceUrl } from "charloom/url";

using trainer = await createTrainer("to be", { hiddenSize: 4 }, { module: compiled });
for await (const { smoothLoss } of trainer.run({ steps: 3, signal: AbortSignal.timeout(1000) })) smoothLoss.toFixed(3);
saveModel(trainer, "model.safetensors");
const text: string = sample(await loadModel("model.safetensors"));
export const told: string = text + inferenceUrl.href;
`,
  /** A page's: the types of the module are the browser's own. */
  "page.ts": `
import { createTrainer, createWasmEngine, type EngineConfig } from "charloom";
import compiled from "charloom/core.wasm";
import { coreUrl } from "charloom/url";

const module: WebAssembly.Module = await WebAssembly.compileStreaming(fetch(coreUrl));
using trainer = await createTrainer("to be", { hiddenSize: 4 }, { module });
for await (const { step } of trainer.run({ signal: new AbortController().signal })) step.toFixed();
const engine = await createWasmEngine({} as EngineConfig, { module: compiled });
const memory: WebAssembly.Memory = engine.memory;
export const instance = new WebAssembly.Instance(compiled, { env: { memory } });
`,
  /** What asks nothing of its surroundings. */
  "neither.ts": `
import { generateAsync, modelFromBytes, type WasmModule } from "charloom/inference";
import compiled from "charloom/inference.wasm";

const module: WasmModule = compiled;
const model = await modelFromBytes(new Uint8Array(8), "model.safetensors", { module });
for await (const character of generateAsync(model, { signal: { throwIfAborted() {} } })) character.length;
// @ts-expect-error: where TypeScript knows no WebAssembly.Module, the type is still more than any
await modelFromBytes(new Uint8Array(8), "model.safetensors", { module: "inference.wasm" });
`,
} as const;

const folder = emptyFolder(afterAll);

beforeAll(() => {
  unpackInto(folder);
  mkdirSync(join(folder, "node_modules/@types"));
  for (const name of ["@types/node", "undici-types"])
    symlinkSync(resolve("node_modules", name), join(folder, "node_modules", name));
  for (const [name, source] of Object.entries(SOURCES)) writeFileSync(join(folder, name), source);
}, 60_000);

for (const [project, files, lib, types] of [
  ["of Node's types alone", ["node.ts"], ["es2022"], ["node"]],
  ["of the browser's types alone", ["page.ts"], ["es2022", "dom"], []],
  // what trains reads metadata by valibot, whose own declarations want Blob
  ["of neither, for charloom/inference", ["neither.ts"], ["es2022"], []],
] as const) {
  test(`a project ${project} finds no error in them`, () => {
    const compilerOptions = { noEmit: true, strict: true, target: "es2022", module: "nodenext", skipLibCheck: false };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions: { ...compilerOptions, lib, types }, files }),
    );
    const { status, stdout } = spawnSync(resolve("node_modules/.bin/tsc"), ["-p", folder], { encoding: "utf8" });
    expect(stdout).toBe("");
    expect(status).toBe(0);
  }, 120_000);
}
