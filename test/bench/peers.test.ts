import { expect, test } from "vitest";
import { checkAgreement } from "../../bench/agreement.ts";
import { compileRnn, findCompiler } from "../../bench/peers/c-programs.ts";
import { referenceEvidence } from "../../bench/peers/charloom-program.ts";
import { FLOAT32_TOLERANCE } from "../../bench/peers/contenders.ts";
import { ProcessContender } from "../../bench/peers/process-contender.ts";
import { readTask, removeTask, type Task, writeTask } from "../../bench/peers/task.ts";
import { DEFAULT_STEP_SETTINGS, type EngineConfig, PLAIN_MODEL } from "../../src/core/engine.ts";
import { createReferenceEngine } from "../../src/reference/reference-engine.ts";

/** Odd sizes, so that every product leaves rows, columns and steps over. */
const CONFIG: EngineConfig = {
  ...PLAIN_MODEL,
  cell: "rnn",
  optimizer: "adagrad",
  vocabularySize: 7,
  hiddenSize: 5,
  batchSize: 3,
  sequenceLength: 6,
  layers: 2,
};

function tinyTask(fields: Partial<EngineConfig>, work: Task["work"] = "training"): Task {
  const config = { ...CONFIG, ...fields };
  const engine = createReferenceEngine(config);
  engine.initializeParameters({ kind: "uniform", scale: 0.5 }, 1);
  const parameters = engine.tensors.filter(({ role }) => role === "parameter");
  return {
    work,
    config,
    // a clip value that cuts some gradients and leaves others
    settings: { ...DEFAULT_STEP_SETTINGS, learningRate: 0.01, clipValue: 0.02, lossScale: 0.1, weightDecay: 0.3 },
    resetsEveryChunk: false,
    evidenceLength: 5,
    tokens: Uint32Array.from({ length: 100 }, (_, i) => (i * i + (i >> 2)) % config.vocabularySize),
    parameters: Object.fromEntries(parameters.map(({ name }) => [name, Float32Array.from(engine.readTensor(name))])),
  };
}

/** adagrad, rmsprop and adam take no decay in the workloads, so the C program knows it for adamw alone. */
function withoutDecay(task: Task): Task {
  return task.config.optimizer === "adamw" ? task : { ...task, settings: { ...task.settings, weightDecay: 0 } };
}

async function evidenceOf(command: string, task: Task): Promise<readonly number[]> {
  const contender = new ProcessContender("C", { command, arguments: [] }, task);
  try {
    const evidence = await contender.start();
    expect(await contender.round(0.001)).toBeGreaterThan(0);
    return evidence;
  } finally {
    await contender.close();
  }
}

const compiler = findCompiler();
const needsGcc = compiler === undefined ? " (left out: no gcc)" : "";
const programs = compiler === undefined ? undefined : await compileRnn(compiler);

for (const cell of ["rnn", "lstm"]) {
  for (const optimizer of ["adagrad", "rmsprop", "adam", "adamw"]) {
    test.skipIf(programs === undefined)(
      `C: losses of ${cell} with ${optimizer} are the reference's in every build${needsGcc}`,
      async () => {
        const carried = withoutDecay(tinyTask({ cell, optimizer }));
        for (const task of [carried, { ...carried, resetsEveryChunk: true }]) {
          const expected = referenceEvidence(task);
          for (const [build, program] of programs!) {
            checkAgreement(`C ${build}`, await evidenceOf(program, task), expected, FLOAT32_TOLERANCE, "each");
          }
        }
      },
    );
  }
  test.skipIf(programs === undefined)(
    `C: a sampler's probabilities of ${cell} are the reference's in every build${needsGcc}`,
    async () => {
      const task = tinyTask({ cell, batchSize: 1 }, "sampling");
      for (const [build, program] of programs!) {
        const got = await evidenceOf(program, task);
        checkAgreement(`C ${build}`, got, referenceEvidence(task), FLOAT32_TOLERANCE, "largest");
      }
    },
  );
}

test("a task that was written is read as it was, but for settings that are Infinity", async () => {
  const task = tinyTask({ cell: "lstm" });
  const folder = await writeTask(task);
  const { clipNorm: _, ...settings } = task.settings;
  expect(await readTask(folder)).toEqual({ ...task, settings });
  await removeTask(folder);
});

test("a program that ends early is named, with what it wrote to standard error", async () => {
  const program = { command: process.execPath, arguments: ["-e", "console.error('no such model'); process.exit(3)"] };
  const contender = new ProcessContender("broken", program, tinyTask({}));
  await expect(contender.start()).rejects.toThrow(/^broken: .* ended early\nno such model/);
});
