import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { BYTE_NAMES } from "../../src/data/unit.ts";
import { Vocabulary } from "../../src/data/vocabulary.ts";
import { modelFromBytes, modelToBytes } from "../../src/formats/model-file.ts";
import { FormatError } from "../../src/formats/safetensors.ts";
import { safetensorsSource } from "../../src/interchange/safetensors-source.ts";
import { checkpointSource } from "../../src/interchange/torch-checkpoint.ts";
import { torchFiles } from "../../src/interchange/torch-export.ts";
import { importTorchModel } from "../../src/interchange/torch-import.ts";
import { readWeights } from "../../src/interchange/weights.ts";
import type { Recipe } from "../../src/model/recipe.ts";
import { sample } from "../../src/sample/sampler.ts";
import { CASES, largestDifference, logitsOf, randomModel } from "./models.ts";
import { pythonWith, runPython } from "./python.ts";

/** Of the issue; what is left is the rounding of float32 sums in another order. */
const TOLERANCE = 1e-5;
const SCRIPT = "test/interchange/exchange.py";
const python = pythonWith("torch");
const root = mkdtempSync(join(tmpdir(), "charloom-pytorch-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const words = new Vocabulary(["<unk>", "a", "fine", "long", "story"], "word");
const bytes = new Vocabulary(BYTE_NAMES, "byte");
const ALL: Readonly<Record<string, Partial<Recipe>>> = {
  ...CASES,
  float64: { backend: "js", precision: "float64", layers: 2 },
  "words in lower case": { unit: "word", lowercase: true },
  bytes: { unit: "byte", lowercase: true, cell: "gru" },
};

describe.skipIf(python === undefined)("what charloom exports, PyTorch computes, and gives back", async () => {
  const folder = join(root, "exported");
  const models = await Promise.all(
    Object.entries(ALL).map(async ([name, fields]) => {
      const vocabulary = fields.unit === "word" ? words : fields.unit === "byte" ? bytes : undefined;
      const model = await randomModel(fields, vocabulary);
      const path = join(folder, name);
      mkdirSync(path, { recursive: true });
      const file = modelToBytes(model, 7);
      for (const [file_, content] of torchFiles(await readWeights(file, name)))
        writeFileSync(join(path, file_), content);
      return { name, model, path, file };
    }),
  );
  if (python !== undefined) runPython(python, SCRIPT, ["check", folder]);

  for (const { name, model, path, file } of models) {
    const result = () => JSON.parse(readFileSync(join(path, "result.json"), "utf8"));

    test(`${name}: logits, at once and in two parts`, () => {
      const logits = logitsOf(model);
      expect(largestDifference(result().logits, logits)).toBeLessThan(TOLERANCE);
      expect(largestDifference(result().inTwoParts, logits)).toBeLessThan(TOLERANCE);
    });

    test(`${name}: the likeliest tokens, one after the other`, () => {
      const prime = model.vocabulary.tokens[1]!;
      if (model.recipe.unit === "byte") return; // a prime of the name of a byte is the bytes of its letters
      const drawn = sample(model, { prime, length: 40, temperature: 0 });
      // of words, charloom puts a space between the prime and what follows
      expect(result().sample).toBe(model.recipe.unit === "word" ? drawn.slice(1) : drawn);
    });

    test(`${name}: the same parameters, to the bit, and the same recipe`, async () => {
      const back = readFileSync(join(path, "back.safetensors"));
      const imported = await importTorchModel(safetensorsSource(back, "back"), "back", {});
      expect(imported.step).toBe(7);
      expect(imported.model.recipe).toEqual(model.recipe);
      // as a file holds them, without what training goes on from
      const again = await modelFromBytes(file);
      for (const { name: tensor, role } of again.engine.tensors) {
        if (role !== "parameter") continue;
        const expected = again.engine.readTensor(tensor);
        expect(Buffer.compare(bitsOf(imported.model.engine.readTensor(tensor)), bitsOf(expected)), tensor).toBe(0);
      }
    });
  }

  test("training on in PyTorch, in one process and on two under torchrun, lowers the loss and comes back", async () => {
    const path = join(folder, "lstm, 2 layers");
    writeFileSync(join(path, "text.txt"), "a bad cab had a fine old lad deck\n".replace(/[^\n a-o]/g, "").repeat(60));
    // Debian 12's torchrun does not find its own defaults for these two under Python 3.11
    const redirects = ["--redirects", "1", "--tee", "1"];
    const torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", ...redirects];
    for (const launch of [[], torchrun]) {
      const { status, stdout, stderr } = spawnSync(
        python!,
        [
          ...launch,
          "model.py",
          "train",
          "text.txt",
          "--steps",
          "60",
          "--batch",
          "8",
          "--lr",
          "0.02",
          "--out",
          "t.safetensors",
        ],
        { cwd: path, encoding: "utf8", env: { ...process.env, OMP_NUM_THREADS: "1" } },
      );
      expect(status, stderr).toBe(0);
      const losses = [...stdout.matchAll(/loss ([\d.]+) nats/g)].map(([, loss]) => Number(loss));
      expect(losses).toHaveLength(2);
      expect(losses[1]).toBeLessThan(losses[0]! - 0.5);
      const trained = readFileSync(join(path, "t.safetensors"));
      const { model, step } = await importTorchModel(safetensorsSource(trained, "trained"), "trained", {});
      expect(step).toBe(67);
      expect(model.recipe.layers).toBe(2);
    }
  }, 120_000);
});

describe.skipIf(python === undefined)("what PyTorch makes, charloom imports", () => {
  const folder = join(root, "made");
  mkdirSync(folder);
  if (python !== undefined) runPython(python, SCRIPT, ["make", folder]);
  const results = python === undefined ? {} : JSON.parse(readFileSync(join(folder, "results.json"), "utf8"));
  const vocabulary = async () => new Vocabulary([..."abcdefghijklm"]);

  test("there are models of every kind", () => expect(Object.keys(results)).toHaveLength(16));

  const read = (name: string) => readFileSync(join(folder, name));

  for (const [name, logits] of Object.entries(results).flatMap(([stem, logits]) =>
    [".safetensors", ".pt"].map((ending) => [stem + ending, logits] as const),
  )) {
    test(`${name}: the same logits`, async () => {
      const source = name.endsWith(".pt") ? checkpointSource(read(name), name) : safetensorsSource(read(name), name);
      const activation = name.startsWith("tied") ? "relu" : undefined;
      const { model } = await importTorchModel(source, name, { vocabulary, activation });
      expect(largestDifference(logitsOf(model), logits)).toBeLessThan(TOLERANCE);
      const [, cell, layers] = /^(rnn|gru|lstm)-(\d)/.exec(name) ?? [];
      if (cell !== undefined) expect(model.recipe).toMatchObject({ cell, layers: Number(layers) });
      if (name.startsWith("tied")) expect(model.recipe.tied).toBe(true);
    });
  }

  for (const name of ["checkpoint.pt", "parameters.pt", "views.pt", "protocol4.pt"]) {
    test(`${name}: the same model, however it was saved`, async () => {
      const { model } = await importTorchModel(checkpointSource(read(name), name), name, { vocabulary });
      // of the same modules as lstm-2, whose values other cases share
      const plain = await importTorchModel(checkpointSource(read("checkpoint.pt"), name), name, { vocabulary });
      expect(logitsOf(model)).toEqual(logitsOf(plain.model));
      expect(model.recipe).toMatchObject({ cell: "lstm", layers: 2 });
    });
  }

  for (const [name, message] of [
    ["module.pt", /names the Python global "__main__ Made", which is not one of a plain state dict; save model/],
    ["legacy.pt", /expected a zip archive, as torch\.save of PyTorch 1\.6 and later writes/],
    ["bidirectional.pt", /weight_ih_l0_reverse" is of a bidirectional layer/],
    ["projection.pt", /weight_hr_l0" is of a layer with a projection/],
  ] as const) {
    test(`${name} is refused with its reason`, async () => {
      const tried = async () => importTorchModel(checkpointSource(read(name), name), name, { vocabulary });
      await expect(tried()).rejects.toThrow(message);
      await expect(tried()).rejects.toThrow(FormatError);
    });
  }
});

function bitsOf(values: ArrayLike<number> & ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
