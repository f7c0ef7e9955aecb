/** The worker's part of engine-contender.ts: one engine, one task, one round for each number of seconds it is sent. */

import { Bench } from "tinybench";
import type { Engine } from "../src/core/engine.ts";
import { RANDOM_STREAMS, RandomStream } from "../src/core/random.ts";
import { createWasmEngine } from "../src/core/wasm-engine.ts";
import { ChunkStream } from "../src/data/chunk-stream.ts";
import { TokenList } from "../src/data/token-list.ts";
import { MIN_CHAR_RNN } from "../src/model/recipe.ts";
import { createReferenceEngine } from "../src/reference/reference-engine.ts";
import { drawTokens } from "../src/sample/sampler.ts";
import { serve } from "./bench-worker.ts";
import { ENGINE_CONFIG } from "./problem.ts";

export interface EngineTask {
  readonly work: "training" | "sampling";
  readonly engine: "wasm" | "float32" | "float64";
  readonly tokens: Uint32Array;
  readonly parameters: Readonly<Record<string, Float32Array>>;
}

/** Steps whose losses are the evidence of a trainer. */
export const EVIDENCE_STEPS = 3;

/** Tokens that one sample of the timer draws: many, so that the clock's own cost does not show. */
const TOKENS_A_SAMPLE = 100;

/** Answers each number of seconds with characters per second. */
export async function runEngineWorker(task: EngineTask): Promise<void> {
  const engine =
    task.engine === "wasm" ? await createWasmEngine(ENGINE_CONFIG) : createReferenceEngine(ENGINE_CONFIG, task.engine);
  for (const [name, values] of Object.entries(task.parameters)) engine.writeTensor(name, values);
  const { evidence, characters, run } =
    task.work === "training" ? training(engine, task.tokens) : sampling(engine, task.tokens);
  serve(evidence, (seconds: number) => charactersPerSecond(run, characters, seconds));
}

interface Work {
  readonly evidence: readonly number[];
  /** Characters that one `run` goes through. */
  readonly characters: number;
  readonly run: () => void;
}

/** A step as the trainer makes it: the next chunk, a fresh state at the start of the text, and the update. */
function training(engine: Engine, tokens: Uint32Array): Work {
  const stream = new ChunkStream(TokenList.from(tokens), ENGINE_CONFIG.sequenceLength);
  const run = () => {
    const chunk = stream.next();
    if (chunk.first) engine.resetState();
    return engine.trainStep(chunk.tokens, chunk.targets, MIN_CHAR_RNN).loss;
  };
  const evidence = Array.from({ length: EVIDENCE_STEPS }, run);
  return { evidence, characters: ENGINE_CONFIG.sequenceLength, run };
}

function sampling(engine: Engine, tokens: Uint32Array): Work {
  engine.resetSampler();
  for (const token of tokens.subarray(0, ENGINE_CONFIG.sequenceLength)) engine.samplerStep(token);
  const evidence = [...engine.samplerProbabilities(1)];
  const drawn = drawTokens(engine, Number.POSITIVE_INFINITY, {}, new RandomStream(1, RANDOM_STREAMS.samples));
  const run = () => {
    for (let i = 0; i < TOKENS_A_SAMPLE; i++) drawn.next();
  };
  return { evidence, characters: TOKENS_A_SAMPLE, run };
}

/** The whole round counts, not its median step: collections of garbage are a contender's own cost. */
function charactersPerSecond(run: () => void, characters: number, seconds: number): number {
  const bench = new Bench({ time: seconds * 1000, iterations: 1, warmup: false, throws: true });
  bench.add("round", run, { async: false });
  const [task] = bench.runSync();
  if (task?.result.state !== "completed") throw new Error(`round: expected it completed, got ${task?.result.state}`);
  return (1000 * characters) / task.result.period;
}
