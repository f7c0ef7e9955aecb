/** Files that lie: what they ask for is refused before it is allocated. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createWasmEngine } from "../../src/core/wasm-engine.ts";
import { modelFromBytes } from "../../src/formats/model-file.ts";
import { parseSafetensors } from "../../src/formats/safetensors.ts";
import { loadModel, saveModel } from "../../src/node.ts";
import { createReferenceEngine } from "../../src/reference/reference-engine.ts";
import { trainerToBytes } from "../../src/train/checkpoint.ts";
import { createTrainer } from "../../src/train/trainer.ts";
import { engineConfig } from "../engine/engines.ts";

const folder = mkdtempSync(join(tmpdir(), "charloom-hostile-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const trainer = await createTrainer("over and over and ".repeat(5), { hiddenSize: 6 });

/** A file of this header and so many bytes of data. */
function fileOf(header: string, dataBytes = 0): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

describe("a header", () => {
  for (const [what, header, dataBytes, message] of [
    [
      "that names a tensor twice",
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
      1,
      'the key "a" stands twice',
    ],
    [
      "that says a shape twice",
      '{"a":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}}',
      1,
      'the key "shape" stands twice',
    ],
    [
      "with an offset beyond safe numbers",
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[9007199254740992,9007199254740993]}}',
      1,
      "two data_offsets",
    ],
    [
      "with a shape that overflows",
      '{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}',
      0,
      "is too large",
    ],
    [
      "with a shape of 1e999",
      '{"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,0]}}',
      0,
      "a shape of whole numbers",
    ],
    ["of brackets without end", "{".repeat(100_000), 0, "not valid JSON"],
    ["that is empty", "", 0, "begins with {"],
  ] as const) {
    test(`${what} is refused`, () => {
      expect(() => parseSafetensors(fileOf(header, dataBytes), "file")).toThrow(message);
    });
  }

  test("may name a tensor or a field __proto__, which changes nothing", () => {
    const file = fileOf(
      '{"__metadata__":{"__proto__":"x"},"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
      1,
    );
    const { tensors, metadata } = parseSafetensors(file, "file");
    expect([[...tensors.keys()], metadata.get("__proto__")]).toEqual([["__proto__"], "x"]);
    expect(({} as Record<string, unknown>).dtype).toBeUndefined();
  });
});

describe("a file that is no model", () => {
  test.skipIf(!existsSync("/dev/zero"))("but a device without end is refused by its first bytes", async () => {
    await expect(loadModel("/dev/zero")).rejects.toThrow("/dev/zero: expected a safetensors header that begins with {");
    await expect(loadModel("/dev/urandom")).rejects.toThrow("/dev/urandom: expected a safetensors header of at most");
  });

  test.skipIf(process.platform === "win32")("but a pipe is read where a model comes out of it", async () => {
    const path = join(folder, "model.safetensors");
    saveModel(trainer, path);
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    execFileSync("bash", ["-c", `cat "${path}" > "${pipe}" &`], { stdio: "ignore" });
    expect((await loadModel(pipe)).recipe.hiddenSize).toBe(6);
  });

  test("and larger than any model, of nothing, is refused by its size", async () => {
    const path = join(folder, "sparse");
    writeFileSync(path, fileOf('{"a":1}'));
    truncateSync(path, 2 ** 36);
    await expect(loadModel(path)).rejects.toThrow(
      /sparse: expected at most 4563402752 bytes of a model, got 68719476736/,
    );
  });
});

describe("a model that is larger than memory", () => {
  const huge = engineConfig({ hiddenSize: 8192, layers: 9, cell: "lstm", batchSize: 100 });

  test("is refused with the bytes that it needs, by either engine", async () => {
    await expect(createWasmEngine(huge)).rejects.toThrow(
      /^model: hidden size 8192, .+ need more than the [\d.]+ GiB of (a WebAssembly memory|this machine), \d{11,} bytes \([\d.]+ GiB\)/,
    );
    expect(() => createReferenceEngine({ ...huge, batchSize: 65_536, sequenceLength: 100_000 }, "float64")).toThrow(
      /^model: its numbers need more than the [\d.]+ GiB of this machine, \d{11,} bytes/,
    );
  });

  test("is refused too where a small file asks for it, by its batch alone", async () => {
    const bytes = trainerToBytes(trainer);
    const text = new TextDecoder("latin1").decode(bytes);
    const asked = text.replace('\\"batchSize\\":1,', '\\"batchSize\\":65536,');
    const header = asked.slice(8, asked.indexOf("}}", asked.indexOf("state.hidden_l0")) + 2);
    const dataStart = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const forged = fileOf(
      header.replace('\\"sequenceLength\\":25', '\\"sequenceLength\\":100000'),
      bytes.length - dataStart,
    );
    forged.set(bytes.subarray(dataStart), forged.length - (bytes.length - dataStart));
    await expect(modelFromBytes(forged, "small")).rejects.toThrow(
      /^small: recipe: model: hidden size 6, .+ need more than the .+, \d+ bytes/,
    );
  });
});
