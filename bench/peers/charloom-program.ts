/** charloom itself by the protocol of process-contender.ts: an engine in a process of its own. */

import { createInterface } from "node:readline";
import type { Engine } from "../../src/core/engine.ts";
import { RANDOM_STREAMS, RandomStream } from "../../src/core/random.ts";
import { ChunkStream } from "../../src/data/chunk-stream.ts";
import { TokenList } from "../../src/data/token-list.ts";
import { createReferenceEngine } from "../../src/reference/reference-engine.ts";
import { drawTokens } from "../../src/sample/sampler.ts";
import { openEngine } from "../open-engine.ts";
import { EVIDENCE_STEPS, readTask, type Task } from "./task.ts";

/** Which engine: a numerics class of the WebAssembly one, or plain TypeScript. */
export type EngineName = "strict" | "fused" | "float64";

/** The program: answers on standard output until standard input ends. */
export async function runCharloomProgram(engineName: EngineName, threads: number, folder: string): Promise<void> {
  const task = await readTask(folder);
  const engine = await openEngine(task.config, engineName === "float64" ? "reference" : engineName, threads);
  const { evidence, characters, run } = work(engine, task);
  console.log(evidence.join(" "));
  for await (const seconds of createInterface(process.stdin)) {
    const begin = performance.now();
    let elapsed = 0;
    let done = 0;
    while (elapsed < Number(seconds)) {
      run();
      done += characters;
      elapsed = (performance.now() - begin) / 1000;
    }
    console.log(done / elapsed);
  }
  engine.dispose();
}

/** The evidence that every contender's is compared with: float64, in plain TypeScript. */
export function referenceEvidence(task: Task): readonly number[] {
  return work(createReferenceEngine(task.config, "float64"), task).evidence;
}

interface Work {
  readonly evidence: readonly number[];
  /** Characters that one `run` goes through. */
  readonly characters: number;
  readonly run: () => void;
}

function work(engine: Engine, task: Task): Work {
  for (const [name, values] of Object.entries(task.parameters)) engine.writeTensor(name, values);
  return task.work === "training" ? training(engine, task) : sampling(engine, task);
}

function training(engine: Engine, { config, settings, resetsEveryChunk, evidenceLength, tokens }: Task): Work {
  const { batchSize, sequenceLength } = config;
  let stepNumber = 0;
  const steps = (length: number) => {
    const stream = new ChunkStream(TokenList.from(tokens), length, batchSize);
    return () => {
      const chunk = stream.next();
      if (chunk.first || resetsEveryChunk) engine.resetState();
      return engine.trainStep(chunk.tokens, chunk.targets, { ...settings, step: ++stepNumber }).loss;
    };
  };
  const evidence = Array.from({ length: EVIDENCE_STEPS }, steps(evidenceLength));
  return { evidence, characters: sequenceLength * batchSize, run: steps(sequenceLength) };
}

/** Tokens drawn between two looks at the clock. */
const DRAWS = 100;

function sampling(engine: Engine, { config, tokens }: Task): Work {
  engine.resetSampler();
  for (const token of tokens.subarray(0, config.sequenceLength)) engine.samplerStep(token);
  const evidence = [...engine.samplerProbabilities(1)];
  const drawn = drawTokens(engine, Number.POSITIVE_INFINITY, {}, new RandomStream(1, RANDOM_STREAMS.samples));
  const run = () => {
    for (let i = 0; i < DRAWS; i++) drawn.next();
  };
  return { evidence, characters: DRAWS, run };
}
