/**
 * Tries learning rates side by side, a worker each processor, and prints what each leaves on text kept aside. The numbers are the
 * same however many workers there are.
 *
 *     node sweep-rates.mjs book.txt 2000 0.001 0.003 0.01 0.03
 */

import { availableParallelism } from "node:os";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { createTrainer, DivergenceError } from "charloom";
import { readText } from "charloom/node";

if (isMainThread) await sweep(process.argv.slice(2));
else parentPort.on("message", async (rate) => parentPort.postMessage({ rate, loss: await lossAt(rate, workerData) }));

async function sweep([path, steps = "2000", ...given]) {
  if (path === undefined) throw new Error("usage: node sweep-rates.mjs TEXT [STEPS] [RATE…]");
  const rates = given.length > 0 ? given.map(Number) : [0.001, 0.003, 0.01, 0.03, 0.1];
  const pending = [...rates];
  const losses = new Map();
  const workers = Array.from({ length: Math.min(availableParallelism(), rates.length) }, () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { text: readText(path), steps: Number(steps) } });
    const ask = () => (pending.length > 0 ? worker.postMessage(pending.shift()) : void worker.terminate());
    worker.on("message", ({ rate, loss }) => {
      losses.set(rate, loss);
      ask();
    });
    ask();
    return new Promise((resolve, reject) => worker.once("exit", resolve).once("error", reject));
  });
  await Promise.all(workers);
  for (const rate of rates) {
    const loss = losses.get(rate);
    console.log(
      `${String(rate).padEnd(8)} ${loss === undefined ? "diverged" : `${loss.toFixed(4)} nats per character`}`,
    );
  }
}

/** Validation loss after so many steps at a rate; undefined if they diverged. */
async function lossAt(learningRate, { text, steps }) {
  const recipe = {
    hiddenSize: 64,
    batchSize: 4,
    optimizer: "adam",
    loss: "mean",
    validationFraction: 0.1,
    learningRate,
  };
  const trainer = await createTrainer(text, recipe);
  try {
    for (let i = 0; i < steps; i++) trainer.step();
    return trainer.validate();
  } catch (error) {
    if (error instanceof DivergenceError) return undefined;
    throw error;
  }
}
