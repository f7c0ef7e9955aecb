/**
 * npm run bench:peers [-- --only W1,S3] [--quick] [--json FILE]: charloom against programs in C, PyTorch, numpy and
 * TensorFlow.js that do the same work. docs/benchmarks.md has the protocol and what came out.
 *
 * All are verified before they are timed; contenders take turns, round after round. Exit code 1 where results disagree.
 */

import { writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { checkChoice } from "../../src/core/engine.ts";
import { checkAgreement, DisagreementError, type Scale } from "../agreement.ts";
import { raceContenders } from "../engine-race.ts";
import { formatDifference, table } from "../table.ts";
import { WORKLOADS, type Workload, workloadParameters, workloadTokens } from "../workloads.ts";
import { C_BUILD_FLAGS, measurePeak } from "./c-programs.ts";
import { type EngineName, referenceEvidence, runCharloomProgram } from "./charloom-program.ts";
import { findSurroundings, missing, type Racer, racersOf, type Surroundings } from "./contenders.ts";
import { comparisonTable, type Result, resultTable } from "./results.ts";
import { EVIDENCE_STEPS, type Task } from "./task.ts";

async function main(commandArguments: string[]): Promise<void> {
  const { values: options } = parseArgs({
    args: commandArguments,
    options: { json: { type: "string" }, only: { type: "string" }, quick: { type: "boolean", default: false } },
  });
  const workloads = selectWorkloads(options.only);
  const surroundings = await findSurroundings();
  const lines = await describe(commandArguments, surroundings);
  print(
    "charloom bench:peers\n",
    ...lines,
    options.quick
      ? "\nVerified, on sequences cut short; nothing is timed."
      : "\nVerified, then timed in turns. Figures are medians of the rounds; `charloom is` so many times as fast, a ratio\n" +
          "of medians; `rounds` are the least and the greatest.",
  );
  const results: Record<string, readonly Result[]> = {};
  for (const workload of workloads) {
    if (options.quick) await verify(await prepare(shortened(workload), surroundings));
    else results[workload.name] = await race(await prepare(workload, surroundings));
  }
  if (options.json !== undefined) {
    await writeFile(options.json, `${JSON.stringify({ surroundings: lines, results }, null, 2)}\n`);
    print(`\nwritten to ${options.json}`);
  }
}

/** Throws a RangeError for a name that is not a workload's. */
function selectWorkloads(only: string | undefined): readonly Workload[] {
  if (only === undefined) return WORKLOADS;
  const names = only.split(",");
  for (const name of names)
    checkChoice(
      "only",
      name,
      WORKLOADS.map((workload) => workload.name),
    );
  return WORKLOADS.filter(({ name }) => names.includes(name));
}

/** Everything of a race but the times. */
interface Start {
  readonly workload: Workload;
  readonly task: Task;
  readonly racers: readonly Racer[];
  readonly settings: { readonly scale: Scale; readonly expected: readonly number[] };
}

async function prepare(workload: Workload, surroundings: Surroundings): Promise<Start> {
  const task: Task = {
    ...workload,
    evidenceLength: evidenceLength(workload),
    tokens: await workloadTokens(workload),
    parameters: await workloadParameters(workload),
  };
  const scale = workload.work === "training" ? "each" : "largest";
  const settings = { scale, expected: referenceEvidence(task) } as const;
  return { workload, task, racers: racersOf(workload, task, surroundings), settings };
}

function heading({ workload, task }: Start): string {
  const { name, title, config, work } = workload;
  const evidence =
    work === "training"
      ? `losses of the first ${EVIDENCE_STEPS} steps of ${config.batchSize} × ${task.evidenceLength}`
      : `probabilities after ${config.sequenceLength} characters`;
  return `\n${name}  ${title}; vocabulary ${config.vocabularySize}\nverified: ${evidence} against TypeScript float64\n`;
}

async function race(start: Start): Promise<Result[]> {
  const { workload, racers, settings } = start;
  const { config, work } = workload;
  const reports = await raceContenders(racers, { ...pace(workload), ...settings });
  const results = reports.map((report, i) => ({ ...report, family: racers[i]!.family, threads: racers[i]!.threads }));
  const [unit, characters] =
    work === "training" ? ["a step", config.batchSize * config.sequenceLength] : ["a character", 1];
  print(heading(start), resultTable(results, unit, characters), "", comparisonTable(results));
  return results;
}

/** Checks the evidence of all and that each answers a round, as many side by side as there are processors. */
async function verify(start: Start): Promise<void> {
  const { scale, expected } = start.settings;
  const waiting = start.racers.entries();
  const rows: string[][] = [];
  const work = async () => {
    for (const [i, { contender, tolerance }] of waiting) {
      try {
        const difference = checkAgreement(contender.name, await contender.start(), expected, tolerance, scale);
        const speed = await contender.round(0.01);
        if (!(speed > 0)) throw new Error(`${contender.name}: expected characters per second, got ${speed}`);
        rows[i] = [contender.name, formatDifference(difference), formatDifference(tolerance)];
      } finally {
        await contender.close();
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  print(heading(start), table(["", "off by", "tolerance"], rows));
}

/** Steps of large models take seconds in some languages: then a round is a step, and few must do. */
function pace({ config }: Workload): { rounds: number; roundSeconds: number } {
  if (config.batchSize === 1) return { rounds: 9, roundSeconds: 0.1 };
  return { rounds: 5, roundSeconds: config.hiddenSize < 512 ? 0.25 : 0.01 };
}

/** Multiplications and additions that plain TypeScript gets through in a few seconds: what evidence may cost. */
const EVIDENCE_OPERATIONS = 6e9;
const QUICK_OPERATIONS = 1e9;

/** The longest sequences of which three steps cost the float64 reference no more than that, at least 2. */
function evidenceLength({ config }: Workload, most = EVIDENCE_OPERATIONS): number {
  const { vocabularySize, hiddenSize, layers, cell, batchSize, sequenceLength } = config;
  const recurrent = (2 * layers - 1) * (cell === "lstm" ? 4 : 1) * hiddenSize * hiddenSize;
  // forward, and backward to inputs and to weights: three products, each of two operations, in three steps
  const operations = 3 * 3 * 2 * batchSize * (recurrent + vocabularySize * hiddenSize);
  return Math.max(2, Math.min(sequenceLength, Math.floor(most / operations)));
}

/** The same with sequences no longer than the evidence's. */
function shortened(workload: Workload): Workload {
  if (workload.work === "sampling") return workload;
  return { ...workload, config: { ...workload.config, sequenceLength: evidenceLength(workload, QUICK_OPERATIONS) } };
}

async function describe(commandArguments: readonly string[], surroundings: Surroundings): Promise<string[]> {
  const { compiler, numpy, torch, tensorFlow } = surroundings;
  const peaks = compiler === undefined ? [] : [...(await measurePeak(compiler))];
  return [
    `command    ${["npm run bench:peers --", ...commandArguments].join(" ")}`,
    `date       ${new Date().toISOString()}`,
    `machine    ${cpus()[0]?.model.trim()}, ${cpus().length} processors, load average ${loadavg()[0]!.toFixed(2)} at the start`,
    ...peaks.map(
      ([build, gflops]) => `one core   ${gflops.toFixed(1)} GFLOP/s at most, ${C_BUILD_FLAGS[build].name.slice(3)}`,
    ),
    `engine     Node ${process.version}, V8 ${process.versions.v8}`,
    ...(compiler === undefined ? [] : [`compiler   ${compiler.description}`]),
    ...numpy.map(({ description }) => `numpy      ${description}`),
    ...torch.map(({ description }) => `PyTorch    ${description}`),
    ...(tensorFlow === undefined ? [] : [`tfjs       ${tensorFlow.version}`]),
    ...(torch.some(({ plainBlas }) => plainBlas)
      ? ["unfair     PyTorch has the plain reference BLAS; install OpenBLAS (Debian: libopenblas0) for a fair race"]
      : []),
    ...missing(surroundings).map((line) => `left out   ${line}`),
  ];
}

function print(...lines: string[]): void {
  console.log(lines.join("\n"));
}

const [role, engine, threads, folder] = process.argv.slice(2);
if (role === "--contender") {
  await runCharloomProgram(engine as EngineName, Number(threads), folder!);
} else {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(
      error instanceof DisagreementError
        ? `bench:peers: results disagree, so nothing further is timed\n  ${reason}`
        : `bench:peers: ${reason}`,
    );
    process.exitCode = 1;
  }
}
