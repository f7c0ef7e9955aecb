/** The worker's part of engine-contender.ts: one engine, one workload, one round for each number of seconds it is sent. */

import { Bench } from "tinybench";
import type { Engine, StepSettings } from "../src/core/engine.ts";
import { RANDOM_STREAMS, RandomStream } from "../src/core/random.ts";
import { ChunkStream } from "../src/data/chunk-stream.ts";
import { TokenList } from "../src/data/token-list.ts";
import { drawTokens } from "../src/sample/sampler.ts";
import { type EngineKind, openEngine } from "./open-engine.ts";
import type { StartedTask } from "./task.ts";
import type { Workload } from "./workloads.ts";

export interface EngineTask {
  readonly work: "training" | "sampling";
  readonly workload: Workload;
  readonly engine: EngineKind;
  readonly threads: number;
  readonly tokens: Uint32Array;
  readonly parameters: Readonly<Record<string, Float32Array>>;
  /** Time steps of the training steps that are timed, at most the workload's. */
  readonly timeSteps: number;
  /** Time steps of the training steps whose losses are the evidence. */
  readonly evidenceTimeSteps: number;
}

/** Training steps whose losses are the evidence. */
export const EVIDENCE_STEPS = 3;

/** Tokens that a sampler has read before its probabilities are the evidence. */
const EVIDENCE_TOKENS = 25;
/** The work of a sample of the timer takes about as long, so that the clock's own cost does not show. */
const SAMPLE_SECONDS = 200e-6;

interface Work {
  readonly evidence: readonly number[];
  /** Characters that one `run` goes through. */
  readonly characters: number;
  readonly run: () => void;
}

/** Answers each number of seconds with characters per second. */
export async function startEngineTask(task: EngineTask): Promise<StartedTask> {
  const engine = await openEngine(task.workload.config, task.engine, task.threads);
  for (const [name, values] of Object.entries(task.parameters)) engine.writeTensor(name, values);
  const { evidence, characters, run } = task.work === "training" ? training(engine, task) : sampling(engine, task);
  const answer = (seconds: number) => charactersPerSecond(run, characters, seconds);
  return { evidence, answer: answer as StartedTask["answer"] };
}

function training(engine: Engine, { workload, tokens, timeSteps, evidenceTimeSteps }: EngineTask): Work {
  const list = TokenList.from(tokens);
  const settings = { ...workload.settings };
  const step = trainingStep(engine, workload, list, evidenceTimeSteps, settings);
  const evidence = Array.from({ length: EVIDENCE_STEPS }, step);
  const run = trainingStep(engine, workload, list, timeSteps, settings);
  return { evidence, characters: workload.config.batchSize * timeSteps, run };
}

/** A step as the trainer makes it: the next chunk, a fresh state where one is due, and the update. Returns the loss. */
function trainingStep(
  engine: Engine,
  { config, resetsEveryChunk }: Workload,
  tokens: TokenList,
  timeSteps: number,
  settings: { -readonly [Name in keyof StepSettings]: StepSettings[Name] },
): () => number {
  const stream = new ChunkStream(tokens, timeSteps, config.batchSize);
  let made = 0;
  return () => {
    const chunk = stream.next();
    if (chunk.first || resetsEveryChunk) engine.resetState();
    settings.step = ++made;
    return engine.trainStep(chunk.tokens, chunk.targets, settings).loss;
  };
}

function sampling(engine: Engine, { tokens }: EngineTask): Work {
  engine.resetSampler();
  const start = performance.now();
  for (const token of tokens.subarray(0, EVIDENCE_TOKENS)) engine.samplerStep(token);
  const seconds = (performance.now() - start) / 1000 / EVIDENCE_TOKENS;
  const evidence = [...engine.samplerProbabilities(1)];
  const drawn = drawTokens(engine, Number.POSITIVE_INFINITY, {}, new RandomStream(1, RANDOM_STREAMS.samples));
  const characters = Math.max(1, Math.round(SAMPLE_SECONDS / seconds));
  const run = () => {
    for (let i = 0; i < characters; i++) drawn.next();
  };
  return { evidence, characters, run };
}

/** The whole round counts, not its median step: collections of garbage are a contender's own cost. */
function charactersPerSecond(run: () => void, characters: number, seconds: number): number {
  const bench = new Bench({ time: seconds * 1000, iterations: 1, warmup: false, throws: true });
  bench.add("round", run, { async: false });
  const [task] = bench.runSync();
  if (task?.result.state !== "completed") throw new Error(`round: expected it completed, got ${task?.result.state}`);
  return (1000 * characters) / task.result.period;
}
