/**
 * What a contender in a process of its own is given: a folder with
 *
 *   task.json            sizes and settings, with the names of the parameters in their order
 *   task.txt             those that a C program needs, a line each: name, space, value
 *   tokens.int32         the text, little-endian
 *   parameters.float32   little-endian, one parameter after the other in the engine's order, row-major
 */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineConfig, StepSettings } from "../../src/core/engine.ts";

export interface Task {
  /** "training" or "sampling", as in workloads.ts. */
  readonly work: string;
  readonly config: EngineConfig;
  readonly settings: StepSettings;
  readonly resetsEveryChunk: boolean;
  /** Time steps of the training steps whose losses are the evidence, at most the configuration's. */
  readonly evidenceLength: number;
  readonly tokens: Uint32Array;
  readonly parameters: Readonly<Record<string, Float32Array>>;
}

/** Training steps whose losses are the evidence; a sampler's is the probabilities after one sequence of tokens. */
export const EVIDENCE_STEPS = 3;

/** A new folder with the task; the caller removes it. */
export async function writeTask({ tokens, parameters, ...fields }: Task): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "charloom-peer-"));
  const lengths = Object.entries(parameters).map(([name, { length }]) => ({ name, length }));
  await writeFile(join(folder, "task.json"), JSON.stringify({ ...fields, parameters: lengths }, withoutInfinity));
  await writeFile(join(folder, "task.txt"), plainText(fields));
  await writeFile(join(folder, "tokens.int32"), tokens);
  await writeFile(join(folder, "parameters.float32"), Buffer.concat(Object.values(parameters).map(bytesOf)));
  return folder;
}

export async function readTask(folder: string): Promise<Task> {
  const { parameters: lengths, ...fields } = JSON.parse(await readFile(join(folder, "task.json"), "utf8"));
  const numbers = new Float32Array(await readBytes(join(folder, "parameters.float32")));
  const parameters: Record<string, Float32Array> = {};
  let at = 0;
  for (const { name, length } of lengths) {
    parameters[name] = numbers.subarray(at, at + length);
    at += length;
  }
  return { ...fields, parameters, tokens: new Uint32Array(await readBytes(join(folder, "tokens.int32"))) };
}

export async function removeTask(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** JSON has no Infinity. Where a setting may be that, it is what an engine takes a missing one for. */
function withoutInfinity(_name: string, value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY ? undefined : value;
}

function plainText(task: Omit<Task, "tokens" | "parameters">): string {
  const { work, config, settings, resetsEveryChunk, evidenceLength } = task;
  const fields = {
    work,
    cell: config.cell,
    optimizer: config.optimizer,
    vocabulary_size: config.vocabularySize,
    hidden_size: config.hiddenSize,
    layers: config.layers,
    batch_size: config.batchSize,
    sequence_length: config.sequenceLength,
    evidence_length: evidenceLength,
    resets_every_chunk: resetsEveryChunk,
    learning_rate: settings.learningRate,
    clip_value: settings.clipValue,
    loss_scale: settings.lossScale,
    beta1: settings.beta1,
    beta2: settings.beta2,
    epsilon: settings.epsilon,
    weight_decay: settings.weightDecay,
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name} ${value}\n`)
    .join("");
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** In memory of their own: a Buffer may begin where no float can. */
async function readBytes(path: string): Promise<ArrayBuffer> {
  return new Uint8Array(await readFile(path)).buffer;
}
