/**
 * Goes on training a saved model on another text, gently: at a tenth of its rate. Characters that it never met are left out, since its
 * decoder has no rows for them.
 *
 *     node fine-tune.mjs model.safetensors letters.txt tuned.safetensors 2000
 */

import { readFile } from "node:fs/promises";
import { resumeTrainer, score } from "charloom";
import { loadModel, readText, saveModel } from "charloom/node";

const [modelPath, textPath, out, steps = "2000"] = process.argv.slice(2);
if (out === undefined) throw new Error("usage: node fine-tune.mjs MODEL TEXT OUT [STEPS]");

const base = await loadModel(modelPath);
const text = [...readText(textPath)].filter((character) => base.vocabulary.indexOf(character) !== undefined).join("");
console.log(`before: ${score(base, text).bitsPerToken.toFixed(3)} bits per character`);

const trainer = await resumeTrainer(await readFile(modelPath), text, {
  name: modelPath,
  allowNewData: true,
  overrides: { learningRate: base.recipe.learningRate / 10 },
});
for await (const { step, smoothLoss } of trainer.run({ steps: Number(steps) })) {
  if (step % 500 === 0) console.log(`step ${step}: ${smoothLoss.toFixed(3)} nats per character`);
}
console.log(`after: ${score(trainer.model, text).bitsPerToken.toFixed(3)} bits per character`);
saveModel(trainer, out);
console.log(`saved ${out}; its history says what changed: charloom inspect ${out}`);
