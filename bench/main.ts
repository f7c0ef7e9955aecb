/**
 * npm run bench [-- --json FILE]: charloom's WebAssembly against plain TypeScript and numpy, on the work of
 * min-char-rnn.
 *
 * Everything is verified before it is timed; contenders take turns, round after round; figures are medians, ratios are
 * those of medians with the least and the greatest of the rounds. All run on one thread. Exit code 1 where results
 * disagree.
 */

import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { isMainThread, workerData } from "node:worker_threads";
import { DisagreementError } from "./agreement.ts";
import { EngineContender } from "./engine-contender.ts";
import { type ContenderReport, contenderTable, type Entry, raceContenders } from "./engine-race.ts";
import { type EngineTask, EVIDENCE_STEPS, runEngineWorker } from "./engine-worker.ts";
import { KERNEL_TOLERANCE, type KernelReport, kernelTable, raceKernels } from "./kernels/kernel-race.ts";
import { type KernelTask, runKernelWorker } from "./kernels/kernel-worker.ts";
import { findNumpy, NumpyContender, type Python } from "./numpy-contender.ts";
import { createProblem, ENGINE_CONFIG, type Problem, trainingStepFlops } from "./problem.ts";
import { describeSurroundings, surroundingsText } from "./surroundings.ts";
import { formatCount, formatDifference, formatRatio } from "./table.ts";

/** A float32 engine against the float64 reference: losses of three steps, and probabilities of a trained model. */
const FLOAT32_TOLERANCE = 1e-5;
/** numpy, in float64 too, sums in another order. */
const NUMPY_TOLERANCE = 1e-9;

const TRAINING = { rounds: 9, roundSeconds: 0.2, scale: "each" } as const;
const SAMPLING = { rounds: 9, roundSeconds: 0.12, scale: "largest" } as const;

async function main(commandArguments: string[]): Promise<void> {
  const { values: options } = parseArgs({ args: commandArguments, options: { json: { type: "string" } } });
  const pythons = findNumpy();
  const surroundings = describeSurroundings(commandArguments, pythons);
  print(
    "charloom bench\n",
    surroundingsText(surroundings),
    "\nVerified, then timed in turns, one thread each. Figures are medians of the rounds; `wasm is` so many times as",
    "fast, a ratio of medians; `rounds` are the least and the greatest.",
  );

  const kernels = await raceKernels();
  const kernelDifference = Math.max(...kernels.map(({ difference }) => difference));
  print(
    "\nKernels at min-char-rnn's shapes, float32, against plain loops; a product M×K · K×N counts 2·M·N·K operations",
    `verified: results off by at most ${formatDifference(kernelDifference)} of the largest element ` +
      `(tolerance ${formatDifference(KERNEL_TOLERANCE)})\n`,
    kernelTable(kernels),
  );

  const problem = await createProblem();
  const { vocabularySize, hiddenSize, sequenceLength } = ENGINE_CONFIG;
  const training = await raceContenders(trainingEntries(problem, pythons), TRAINING);
  const flops = trainingStepFlops(ENGINE_CONFIG);
  const characters = problem.tokens.length.toLocaleString("en-US");
  print(
    `\nTraining step of min-char-rnn: V ${vocabularySize}, H ${hiddenSize}, T ${sequenceLength}, batch 1, Adagrad; ` +
      `${flops.toLocaleString("en-US")} operations a step, those of its products`,
    `on the built-in sonnets, ${characters} characters, indices modulo ${vocabularySize}`,
    ...(pythons.length > 0 ? ["numpy by step multiplies at each time step, by chunk once for all where it can"] : []),
    `verified: losses of the first ${EVIDENCE_STEPS} steps against TypeScript float64 ` +
      `(tolerance ${formatDifference(FLOAT32_TOLERANCE)}, of numpy ${formatDifference(NUMPY_TOLERANCE)})\n`,
    contenderTable(training, { unit: "a step", characters: sequenceLength, flops }),
  );

  const sampling = await raceContenders(samplingEntries(problem), SAMPLING);
  print(
    "\nSampling with the same sizes: a step, softmax at temperature 1 and a draw for each character",
    "verified: probabilities of a trained model against TypeScript float64 " +
      `(tolerance ${formatDifference(FLOAT32_TOLERANCE)} of the largest)\n`,
    contenderTable(sampling, { unit: "a character", characters: 1, flops: 0 }),
  );

  print("", summary(kernels, training, sampling));
  if (options.json !== undefined) {
    const results = { ...surroundings, trainingStepFlops: flops, kernels, training, sampling };
    await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
    print(`\nwritten to ${options.json}`);
  }
}

function trainingEntries(problem: Problem, pythons: readonly Python[]): Entry[] {
  const task = { work: "training", tokens: problem.tokens, parameters: problem.initialParameters } as const;
  const numpyEntries = pythons.flatMap((python) =>
    (["step", "chunk"] as const).map((form) => ({
      contender: new NumpyContender(`numpy ${python.numpyVersion} float64 by ${form}`, python, form, problem),
      tolerance: NUMPY_TOLERANCE,
    })),
  );
  return [...engineEntries(task), ...numpyEntries];
}

function samplingEntries(problem: Problem): Entry[] {
  return engineEntries({ work: "sampling", tokens: problem.tokens, parameters: problem.trainedParameters });
}

function engineEntries(task: Omit<EngineTask, "engine">): Entry[] {
  return [
    { contender: new EngineContender("wasm", { ...task, engine: "wasm" }), tolerance: FLOAT32_TOLERANCE },
    {
      contender: new EngineContender("TypeScript float32", { ...task, engine: "float32" }),
      tolerance: FLOAT32_TOLERANCE,
    },
    { contender: new EngineContender("TypeScript float64", { ...task, engine: "float64" }), tolerance: 0 },
  ];
}

function summary(
  kernels: readonly KernelReport[],
  training: readonly ContenderReport[],
  sampling: readonly ContenderReport[],
): string {
  const ratios = kernels.map(({ ratio }) => ratio.median);
  const [least, greatest] = [Math.min(...ratios), Math.max(...ratios)];
  const lost = [
    ...kernels.map(({ name, ratio }) => ({ name: `the kernel ${name}`, ratio })),
    ...comparisons(training).map(({ name, ratio }) => ({ name: `training by ${name}`, ratio })),
    ...comparisons(sampling).map(({ name, ratio }) => ({ name: `sampling by ${name}`, ratio })),
  ].filter(({ ratio }) => ratio.median < 1);
  return [
    `wasm trains on ${formatCount(training[0]!.charactersPerSecond)} characters/s, ${ratioList(training)}.`,
    `It samples ${formatCount(sampling[0]!.charactersPerSecond)} characters/s, ${ratioList(sampling)}.`,
    `Its kernels are ${formatRatio(least)} to ${formatRatio(greatest)} the speed of plain loops.`,
    lost.length === 0 ? "It is the faster in every row." : `It loses ${lost.map(({ name }) => name).join(", ")}.`,
  ].join("\n");
}

function comparisons(reports: readonly ContenderReport[]) {
  return reports.slice(1).map(({ name, firstIs }) => ({ name, ratio: firstIs }));
}

/** "11.2× TypeScript float32, 10.1× TypeScript float64". */
function ratioList(reports: readonly ContenderReport[]): string {
  return comparisons(reports)
    .map(({ name, ratio }) => `${formatRatio(ratio.median)} ${name}`)
    .join(", ");
}

function print(...lines: string[]): void {
  console.log(lines.join("\n"));
}

if (isMainThread) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(
      error instanceof DisagreementError
        ? `bench: results disagree, so nothing further is timed\n  ${reason}`
        : `bench: ${reason}`,
    );
    process.exitCode = 1;
  }
} else {
  const task = workerData as EngineTask | KernelTask;
  await (task.work === "kernels" ? runKernelWorker(task) : runEngineWorker(task));
}
