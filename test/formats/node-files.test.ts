import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parameterHash } from "../../src/model/parameter-hash.ts";
import { FileError, loadModel, saveModel } from "../../src/node.ts";
import { createTrainer } from "../../src/train/trainer.ts";

const folder = mkdtempSync(join(tmpdir(), "charloom-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("charloom/node saves a model and loads the same one; a missing file is a FileError", async () => {
  const trainer = await createTrainer("over and over and ".repeat(5), { hiddenSize: 6 });
  trainer.step();
  const path = join(folder, "model.safetensors");
  saveModel(trainer, path);
  const loaded = await loadModel(path);
  expect(await parameterHash(loaded.engine)).toBe(await parameterHash(trainer.model.engine));
  await expect(loadModel(join(folder, "none"))).rejects.toThrow(FileError);
});
