import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type BuiltinCorpus, builtinCorpus } from "../../src/data/builtin-corpora.ts";
import { parameterHash } from "../../src/model/parameter-hash.ts";
import { PRESETS } from "../../src/model/presets.ts";
import { createTrainer } from "../../src/train/trainer.ts";

/** Of each preset the steps, and the hash of all parameters after them; npm run golden makes the file again. */
const golden = JSON.parse(readFileSync("test/golden/preset-hashes.json", "utf8")) as Record<
  string,
  { steps: number; corpus: BuiltinCorpus; hash: string }
>;

test("every preset has its hash", () => {
  expect(Object.keys(golden)).toEqual(Object.keys(PRESETS));
});

for (const [name, { steps, corpus, hash }] of Object.entries(golden)) {
  test(`${name}: ${steps} steps give the parameters that they always gave, to the bit`, async () => {
    const trainer = await createTrainer(await builtinCorpus(corpus), PRESETS[name as keyof typeof PRESETS].recipe);
    for (let i = 0; i < steps; i++) trainer.step();
    expect(await parameterHash(trainer.model.engine)).toBe(hash);
  });
}
