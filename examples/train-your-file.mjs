/**
 * Trains a model on a file of yours and saves it; Ctrl-C ends it early and saves, too.
 *
 *     node train-your-file.mjs book.txt model.safetensors 20000
 */

import { createTrainer, DivergenceError } from "charloom";
import { readText, saveModel } from "charloom/node";

const [path, out = "model.safetensors", steps = "20000"] = process.argv.slice(2);
if (path === undefined) throw new Error("usage: node train-your-file.mjs TEXT [MODEL] [STEPS]");

const interruption = new AbortController();
process.once("SIGINT", () => interruption.abort());

// an LSTM that learns in batches; fields left out are those of min-char-rnn
const recipe = { cell: "lstm", hiddenSize: 64, batchSize: 8, loss: "mean", optimizer: "adam", learningRate: 0.005 };
const trainer = await createTrainer(readText(path), { ...recipe, validationFraction: 0.05 }, { threads: "auto" });
try {
  for await (const { step, smoothLoss } of trainer.run({ steps: Number(steps), signal: interruption.signal })) {
    if (step % 500 !== 0) continue;
    console.log(
      `step ${step}: ${smoothLoss.toFixed(3)} nats per character, ${trainer.validate()?.toFixed(3)} on text kept aside`,
    );
    console.log(trainer.sample(120, 0.7).replaceAll("\n", "\n    "));
  }
} catch (error) {
  // whatever ends a run, the file below is worth having, unless its numbers are no numbers
  if (error instanceof DivergenceError) throw error;
  if (!interruption.signal.aborted) throw error;
}
saveModel(trainer, out);
trainer.dispose();
console.log(`${trainer.steps} steps; saved ${out}`);
