import { expect, test } from "vitest";
import { parameterHash } from "../../src/model/parameter-hash.ts";
import { PRESETS } from "../../src/model/presets.ts";
import { createTrainer } from "../../src/train/trainer.ts";
import { fuses } from "../engine/engines.ts";
import { jobOf, presetHashes, quickHashes } from "./preset-hashes.ts";

test("every preset has its strict hash after 500 steps on its corpus", () => {
  const hashed = presetHashes.filter(({ numerics, steps }) => numerics === "strict" && steps === 500);
  expect(hashed.map(({ preset, corpus }) => [preset, corpus])).toEqual(
    Object.entries(PRESETS).map(([name, { run }]) => [name, run.corpus]),
  );
});

for (const expected of quickHashes) {
  const { preset, numerics, steps, hash } = expected;
  test.skipIf(numerics === "fused" && !fuses)(
    `${preset}: ${steps} ${numerics} steps give the parameters that they always gave, to the bit`,
    async () => {
      const { text, fields } = await jobOf(expected, 1);
      const trainer = await createTrainer(text, fields);
      for (let i = 0; i < steps; i++) trainer.step();
      expect(await parameterHash(trainer.model.engine)).toBe(hash);
    },
  );
}
