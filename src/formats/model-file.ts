/**
 * A model as one safetensors file that PyTorch reads as it is:
 *
 * - parameters under PyTorch's names. The engine trains one bias a gate: it is written as `bias_ih`, beside a `bias_hh` of
 *   zeros; on reading the two are added, which changes nothing of what the equations compute. Only a GRU's b_hn does not
 *   merge: it is the last block of `bias_hh`. A layer without `weight_hh` has no `bias_hh` either.
 * - "optimizer.<slot>.<parameter>" and "state.<name>": what training would go on from.
 * - of a checkpoint (train/checkpoint.ts), under a prefix, the engine's tensors of other moments: "last.", "good.".
 * - metadata: format, formatVersion, recipe, vocabulary, step, numerics and, of a checkpoint, training; each a string, the
 *   structured ones JSON (metadata.ts).
 */

import type { Engine, FloatArray, TensorInfo } from "../core/engine.ts";
import { checkThreads } from "../core/wasm-engine.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { createModel, type HostOptions, type LanguageModel } from "../model/language-model.ts";
import type { Recipe } from "../model/recipe.ts";
import { checkSameVocabulary, readRecipe, readVocabulary, recipeText, type TrainingRecord } from "./metadata.ts";
import { dequantized } from "./quantized.ts";
import {
  FormatError,
  parseSafetensors,
  readFloats,
  type SafetensorsFile,
  type TensorToWrite,
  writeSafetensors,
} from "./safetensors.ts";

const FORMAT = "charloom";
const FORMAT_VERSION = "1";
/** Roles that a file holds; gradients and the sampler's state are not part of a model. */
const SAVED_ROLES = new Set(["parameter", "optimizer-slot", "state"]);
/** Prefixes of tensors to go on from where the model's are those of the best, and to go back to when training diverges. */
export const LAST = "last.";
export const GOOD = "good.";

/** The engine's tensors of a moment, by name. */
export type TensorValues = ReadonlyMap<string, FloatArray>;

/**
 * The bytes of a model file. `step` is the number of training steps so far. Throws a FormatError for weights that are not
 * finite, which no reader would take: an older file is worth more.
 */
export function modelToBytes(model: LanguageModel, step: number): Uint8Array {
  return writeModel(model, step, (name) => model.engine.readTensor(name));
}

/** What a checkpoint holds beside a model: a record of training, and tensors of other moments by their prefix. */
export interface TrainingPart {
  readonly record: TrainingRecord;
  readonly moments: ReadonlyMap<string, TensorValues>;
}

/** The same with the given tensors in the place of the engine's. */
export function writeModel(
  { engine, recipe, vocabulary }: LanguageModel,
  step: number,
  valuesOf: (name: string) => FloatArray,
  training?: TrainingPart,
): Uint8Array {
  const tensors: TensorToWrite[] = [];
  const saved = engine.tensors.filter(({ role }) => SAVED_ROLES.has(role));
  for (const { name, role, shape } of saved) {
    const values = valuesOf(name);
    if (role === "parameter") checkFinite(values, name, "model");
    if (isCandidateBias(name)) continue; // part of bias_hh
    tensors.push({ name, shape, values });
    const second = secondBias(engine, name);
    if (second !== undefined)
      tensors.push({ name: second, shape, values: secondBiasValues(engine, name, values, valuesOf) });
    // PyTorch's state has the shared weight under both names
    if (recipe.tied && name === "embedding.weight") tensors.push({ name: "decoder.weight", shape, values });
  }
  for (const [prefix, moment] of training?.moments ?? []) {
    for (const { name, role, shape } of saved) {
      const values = moment.get(name) as FloatArray;
      if (role === "parameter") checkFinite(values, prefix + name, "model");
      tensors.push({ name: prefix + name, shape, values });
    }
  }
  return writeSafetensors(tensors, {
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    recipe: recipeText(recipe),
    vocabulary: JSON.stringify(vocabulary.tokens),
    step: String(step),
    numerics: recipe.backend === "wasm" ? recipe.numerics : `js-${recipe.precision}`,
    ...(training === undefined ? {} : { training: JSON.stringify(training.record) }),
  });
}

/**
 * A model from the bytes of its file; `host` says on how many threads it is to run. Throws a FormatError, naming the file, for
 * anything but a whole charloom model.
 */
export async function modelFromBytes(
  bytes: Uint8Array,
  name = "model",
  host: HostOptions = {},
): Promise<LanguageModel> {
  checkThreads(host.threads ?? 1);
  const parsed = parseModel(bytes, name);
  let model: LanguageModel;
  try {
    model = await createModel(parsed.recipe, parsed.vocabulary, host);
  } catch (error) {
    // of the host and not of the file
    if ((error as Error).message.startsWith("threads:")) throw error;
    throw new FormatError(`${name}: recipe: ${(error as Error).message}`, { cause: error });
  }
  try {
    fillModel(model.engine, parsed);
  } catch (error) {
    model.engine.dispose();
    throw error;
  }
  return model;
}

/** A model file that has been read, but for its tensors. */
export interface ParsedModel {
  readonly name: string;
  readonly file: SafetensorsFile;
  readonly recipe: Recipe;
  readonly vocabulary: Vocabulary;
}

/** Throws as `modelFromBytes` does. */
export function parseModel(bytes: Uint8Array, name: string): ParsedModel {
  const file = dequantized(parseSafetensors(bytes, name), name);
  const { metadata } = file;
  if (metadata.get("format") !== FORMAT) {
    throw new FormatError(
      `${name}: expected a model that charloom wrote, got other tensors; use them with charloom train --init-from`,
    );
  }
  const version = metadata.get("formatVersion");
  if (version !== FORMAT_VERSION) {
    throw new FormatError(
      `${name}: expected format version ${FORMAT_VERSION}, got ${version}; it was written by another version of charloom, which reads it`,
    );
  }
  const recipe = readRecipe(metadata, name);
  const vocabulary = readVocabulary(metadata, name, recipe.unit);
  if (vocabulary === undefined) throw new FormatError(`${name}: its metadata has no vocabulary`);
  checkHiddenSize(file, recipe.hiddenSize, name);
  return { name, file, recipe, vocabulary };
}

/** Fills an engine from a model file. Throws a FormatError where a tensor is missing, too many, or of another shape. */
export function fillModel(engine: Engine, { file, name }: ParsedModel): void {
  loadTensors(engine, file, name, SAVED_ROLES);
}

/** The tensors of another moment of a checkpoint. Throws a FormatError where one is missing or of another shape. */
export function readMoment(engine: Engine, { file, name }: ParsedModel, prefix: string): TensorValues {
  const saved = engine.tensors.filter(({ role }) => SAVED_ROLES.has(role));
  const moment = new Map<string, FloatArray>();
  for (const { name: tensor, role, shape } of saved) {
    const values = needed(readShaped(file, prefix + tensor, shape, name), prefix + tensor, name);
    if (role === "parameter") checkFinite(values, prefix + tensor, name);
    moment.set(tensor, values);
  }
  return moment;
}

/** Throws a FormatError unless the file has all that training goes on from, and not the weights alone. */
export function checkComplete(engine: Engine, { file, name }: ParsedModel): void {
  for (const { name: tensor, role } of engine.tensors) {
    if (role === "optimizer-slot" || role === "state") needed(file.tensors.get(tensor), tensor, name);
  }
}

/**
 * Fills a model's parameters from a safetensors file, of charloom or of PyTorch. Throws a FormatError where a tensor is
 * missing, too many, or of another shape, or where the file has a vocabulary and it is not the model's.
 */
export function initializeFromBytes(model: LanguageModel, bytes: Uint8Array, name: string): void {
  const file = dequantized(parseSafetensors(bytes, name), name);
  const { metadata } = file;
  const vocabulary = readVocabulary(metadata, name, model.vocabulary.unit);
  if (vocabulary !== undefined) checkSameVocabulary(vocabulary, model.vocabulary, name);
  else if (metadata.get("format") === FORMAT) throw new FormatError(`${name}: its metadata has no vocabulary`);
  loadTensors(model.engine, file, name, new Set(["parameter"]));
}

function loadTensors(engine: Engine, file: SafetensorsFile, name: string, roles: ReadonlySet<string>): void {
  const wanted = engine.tensors.filter((tensor) => roles.has(tensor.role));
  const known = new Set(engine.tensors.flatMap(({ name }) => [name, secondBias(engine, name) ?? name]));
  if (engine.config.tied) known.add("decoder.weight");
  // of a checkpoint, whatever wrote it: its model is a model
  const moments = file.metadata.has("training") ? [LAST, GOOD] : [];
  for (const prefix of moments) for (const { name } of engine.tensors) known.add(prefix + name);
  for (const tensor of file.tensors.keys()) {
    if (!known.has(tensor))
      throw new FormatError(`${name}: tensor "${tensor}" is not part of this model (${list(wanted)})`);
  }
  for (const info of wanted) {
    const values = isCandidateBias(info.name)
      ? readCandidateBias(file, info, name)
      : readShaped(file, info.name, info.shape, name);
    if (values === undefined) {
      if (info.role !== "parameter") continue; // a file may hold the weights alone
      throw missing(info.name, name);
    }
    const second = secondBias(engine, info.name);
    const added = second === undefined ? undefined : readShaped(file, second, info.shape, name);
    if (added !== undefined) {
      // a GRU's b_hn, the last block, does not merge: it stands inside the reset gate's product
      const merged = values.length - (candidateBias(engine, info.name)?.shape[0] ?? 0);
      // -0 + 0 would be 0: what was written comes back to the bit
      for (let i = 0; i < merged; i++) if (added[i] !== 0) values[i] = values[i]! + added[i]!;
    }
    if (info.role === "parameter") checkFinite(values, info.name, name);
    engine.writeTensor(info.name, values);
  }
  checkTied(engine, file, name, wanted);
}

/** Whether a tensor is a GRU's b_hn, which on disk is the last third of PyTorch's bias_hh. */
function isCandidateBias(name: string): boolean {
  return /^rnn\.bias_hn_l\d+$/.test(name);
}

/** bias_hh of a layer: zeros, and for a GRU b_hn in the last block. */
function secondBiasValues(
  engine: Engine,
  firstBias: string,
  first: FloatArray,
  valuesOf: (name: string) => FloatArray,
): FloatArray {
  const values = first.slice().fill(0);
  const candidate = candidateBias(engine, firstBias);
  if (candidate !== undefined) {
    const bias = valuesOf(candidate.name);
    values.set(bias, values.length - bias.length);
  }
  return values;
}

/** A GRU's b_hn beside a first bias. */
function candidateBias(engine: Engine, firstBias: string): TensorInfo | undefined {
  return engine.tensors.find(({ name }) => name === firstBias.replace(".bias_ih_", ".bias_hn_"));
}

function readCandidateBias(file: SafetensorsFile, { name: tensor, shape }: TensorInfo, name: string) {
  const size = shape[0] as number;
  return readShaped(file, tensor.replace(".bias_hn_", ".bias_hh_"), [3 * size], name)?.slice(2 * size);
}

/** Where decoder and embedding share a weight, a file with two different ones is not of this model. */
function checkTied(engine: Engine, file: SafetensorsFile, name: string, wanted: readonly TensorInfo[]): void {
  const table = wanted.find((tensor) => tensor.name === "embedding.weight");
  if (!engine.config.tied || table === undefined) return;
  const decoder = readShaped(file, "decoder.weight", table.shape, name);
  const embedding = engine.readTensor(table.name);
  if (decoder?.some((value, i) => Math.fround(value) !== Math.fround(embedding[i]!))) {
    throw new FormatError(`${name}: tensors "decoder.weight" and "embedding.weight" differ; a tied model shares one`);
  }
}

/** Before anything is allocated: a small file must not ask for large weights. A cell may have no recurrent weight. */
function checkHiddenSize(file: SafetensorsFile, hiddenSize: number, name: string): void {
  const weight = file.tensors.has("rnn.weight_hh_l0") ? "rnn.weight_hh_l0" : "decoder.weight";
  const shape = file.tensors.get(weight)?.shape;
  if (shape?.[1] === hiddenSize) return;
  const got = shape === undefined ? "no such tensor" : `[${shape.join(", ")}]`;
  throw new FormatError(`${name}: tensor "${weight}": its recipe says hidden size ${hiddenSize}, got ${got}`);
}

function readShaped(file: SafetensorsFile, tensorName: string, shape: readonly number[], name: string) {
  const tensor = file.tensors.get(tensorName);
  if (tensor === undefined) return undefined;
  if (tensor.shape.join() !== shape.join()) {
    throw new FormatError(
      `${name}: tensor "${tensorName}" has shape [${tensor.shape.join(", ")}]; this model needs [${shape.join(", ")}]`,
    );
  }
  return readFloats(tensor, `${name}: tensor "${tensorName}"`);
}

/** Weights that are no numbers make a model of nothing; what an optimizer remembers may well be infinite. */
function checkFinite(values: FloatArray, tensorName: string, name: string): void {
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return;
  throw new FormatError(`${name}: tensor "${tensorName}": expected finite numbers, got ${values[wrong]} at ${wrong}`);
}

/** PyTorch's recurrent layers have two biases a gate: the second's name beside the first's, if there is one. */
function secondBias(engine: Engine, name: string): string | undefined {
  if (!name.startsWith("rnn.bias_ih_")) return undefined;
  const recurrentWeight = name.replace("bias_ih", "weight_hh");
  return engine.tensors.some((tensor) => tensor.name === recurrentWeight) ? name.replace("ih", "hh") : undefined;
}

function needed<T>(value: T | undefined, tensor: string, name: string): T {
  if (value === undefined) throw missing(tensor, name);
  return value;
}

function missing(tensor: string, name: string): FormatError {
  return new FormatError(`${name}: expected a tensor "${tensor}", got none of that name`);
}

function list(tensors: readonly TensorInfo[]): string {
  return tensors.map((tensor) => tensor.name).join(", ");
}
