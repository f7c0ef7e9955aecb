// Makes test/golden/preset-hashes.json: of every preset the hash of all parameters after so many steps, the same wherever they are
// made. Needs a built dist/ and, for the fused class, a processor with fused multiply-add; takes about a minute.
import { writeFileSync } from "node:fs";
import { createTrainer, PRESETS, parameterHash } from "../dist/src/index.js";
import { builtinCorpus } from "../dist/src/node.js";

// the step that the slow tests compare, and before it, where it takes its time, one for the quick tests
const STEPS = { strict: { default: [500], "char-rnn": [50, 500] }, fused: { "min-char-rnn": [500], "char-rnn": [50] } };

const hashes = {};
for (const [name, { recipe, run }] of Object.entries(PRESETS)) {
  const text = await builtinCorpus(run.corpus);
  hashes[name] = { corpus: run.corpus };
  for (const [numerics, stepsOf] of Object.entries(STEPS)) {
    const steps = stepsOf[name] ?? stepsOf.default;
    if (steps !== undefined) hashes[name][numerics] = await hashesAfter(steps, text, { ...recipe, numerics });
  }
}
writeFileSync("test/golden/preset-hashes.json", `${JSON.stringify(hashes, null, 2)}\n`);

async function hashesAfter(steps, text, recipe) {
  const trainer = await createTrainer(text, recipe);
  const found = {};
  for (const count of steps) {
    while (trainer.steps < count) trainer.step();
    found[count] = await parameterHash(trainer.model.engine);
  }
  return found;
}
