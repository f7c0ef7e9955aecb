/**
 * A model as one safetensors file that PyTorch reads as it is:
 *
 * - parameters under PyTorch's names. The engine trains one bias a gate: it is written as `bias_ih`, beside a `bias_hh` of
 *   zeros; on reading the two are added, which changes nothing of what the equations compute. Only a GRU's b_hn does not
 *   merge: it is the last block of `bias_hh`. A layer without `weight_hh` has no `bias_hh` either.
 * - "optimizer.<slot>.<parameter>" and "state.<name>": what training would go on from.
 * - metadata: format, formatVersion, recipe, vocabulary, step, numerics; each a string, the structured ones JSON.
 */

import type { Engine, FloatArray, TensorInfo } from "../core/engine.ts";
import { type Unit, unitNoun } from "../data/unit.ts";
import { Vocabulary } from "../data/vocabulary.ts";
import { createModel, type HostOptions, type LanguageModel } from "../model/language-model.ts";
import { completeRecipe, type Recipe } from "../model/recipe.ts";
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

/**
 * The bytes of a model file. `step` is the number of training steps so far. Throws a FormatError for weights that are not
 * finite, which no reader would take: an older file is worth more.
 */
export function modelToBytes(model: LanguageModel, step: number): Uint8Array {
  const { engine, recipe, vocabulary } = model;
  const tensors: TensorToWrite[] = [];
  for (const { name, role, shape } of engine.tensors) {
    if (!SAVED_ROLES.has(role)) continue;
    const values = engine.readTensor(name);
    if (role === "parameter") checkFinite(values, name, "model");
    if (isCandidateBias(name)) continue; // part of bias_hh
    tensors.push({ name, shape, values });
    const second = secondBias(engine, name);
    if (second !== undefined) tensors.push({ name: second, shape, values: secondBiasValues(engine, name, values) });
    // PyTorch's state has the shared weight under both names
    if (recipe.tied && name === "embedding.weight") tensors.push({ name: "decoder.weight", shape, values });
  }
  return writeSafetensors(tensors, {
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    recipe: JSON.stringify(recipe, encodeInfinity),
    vocabulary: JSON.stringify(vocabulary.tokens),
    step: String(step),
    numerics: recipe.backend === "wasm" ? recipe.numerics : `js-${recipe.precision}`,
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
  const file = dequantized(parseSafetensors(bytes, name), name);
  if (file.metadata.get("format") !== FORMAT) {
    throw new FormatError(
      `${name}: expected a model that charloom wrote, got other tensors; use them with charloom train --init-from`,
    );
  }
  const version = file.metadata.get("formatVersion");
  if (version !== FORMAT_VERSION) {
    throw new FormatError(
      `${name}: expected format version ${FORMAT_VERSION}, got ${version}; it was written by another version of charloom`,
    );
  }
  const recipe = readRecipe(file, name);
  const vocabulary = readVocabulary(file, name, recipe.unit) as Vocabulary;
  checkHiddenSize(file, recipe.hiddenSize, name);
  let model: LanguageModel;
  try {
    model = await createModel(recipe, vocabulary, host);
  } catch (error) {
    throw new FormatError(`${name}: recipe: ${(error as Error).message}`, { cause: error });
  }
  loadTensors(model.engine, file, name, SAVED_ROLES);
  return model;
}

/**
 * Fills a model's parameters from a safetensors file, of charloom or of PyTorch. Throws a FormatError where a tensor is
 * missing, too many, or of another shape, or where the file has a vocabulary and it is not the model's.
 */
export function initializeFromBytes(model: LanguageModel, bytes: Uint8Array, name: string): void {
  const file = dequantized(parseSafetensors(bytes, name), name);
  const vocabulary = readVocabulary(file, name, model.vocabulary.unit);
  if (vocabulary !== undefined) checkSameVocabulary(vocabulary, model.vocabulary, name);
  loadTensors(model.engine, file, name, new Set(["parameter"]));
}

function loadTensors(engine: Engine, file: SafetensorsFile, name: string, roles: ReadonlySet<string>): void {
  const wanted = engine.tensors.filter((tensor) => roles.has(tensor.role));
  const known = new Set(engine.tensors.flatMap(({ name }) => [name, secondBias(engine, name) ?? name]));
  if (engine.config.tied) known.add("decoder.weight");
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
      throw new FormatError(`${name}: expected a tensor "${info.name}", got none of that name`);
    }
    const second = secondBias(engine, info.name);
    const added = second === undefined ? undefined : readShaped(file, second, info.shape, name);
    if (added !== undefined) {
      // a GRU's b_hn, the last block, does not merge: it stands inside the reset gate's product
      const merged = values.length - (candidateBias(engine, info.name)?.shape[0] ?? 0);
      for (let i = 0; i < merged; i++) values[i] = values[i]! + added[i]!;
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
function secondBiasValues(engine: Engine, firstBias: string, first: FloatArray): FloatArray {
  const values = first.slice().fill(0);
  const candidate = candidateBias(engine, firstBias);
  if (candidate !== undefined) {
    const bias = engine.readTensor(candidate.name);
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

function readVocabulary(file: SafetensorsFile, name: string, unit: Unit): Vocabulary | undefined {
  const text = file.metadata.get("vocabulary");
  if (text === undefined) {
    if (file.metadata.get("format") === FORMAT) throw new FormatError(`${name}: its metadata has no vocabulary`);
    return undefined;
  }
  const tokens = parseJson(text, "vocabulary", name);
  if (!Array.isArray(tokens) || !tokens.every((token) => typeof token === "string")) {
    throw new FormatError(`${name}: vocabulary: expected a list of tokens`);
  }
  try {
    return new Vocabulary(tokens, unit);
  } catch (error) {
    throw new FormatError(`${name}: ${(error as Error).message}`);
  }
}

function readRecipe(file: SafetensorsFile, name: string): Recipe {
  const fields = parseJson(file.metadata.get("recipe") ?? "null", "recipe", name);
  if (typeof fields !== "object" || fields === null || Array.isArray(fields))
    throw new FormatError(`${name}: its metadata has no recipe`);
  try {
    return completeRecipe(decodeInfinity(fields as Record<string, unknown>));
  } catch (error) {
    throw new FormatError(`${name}: recipe: ${(error as Error).message}`);
  }
}

function checkSameVocabulary(file: Vocabulary, text: Vocabulary, name: string): void {
  if (file.size === text.size && file.tokens.every((token, i) => token === text.tokens[i])) return;
  const noun = unitNoun(text.unit);
  throw new FormatError(
    `${name}: its vocabulary of ${file.size} ${noun}s is not that of the text (${text.size}); train on a text with the same ${noun}s`,
  );
}

function parseJson(text: string, field: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FormatError(`${name}: its metadata field "${field}" is not valid JSON; the file is damaged`);
  }
}

function list(tensors: readonly TensorInfo[]): string {
  return tensors.map((tensor) => tensor.name).join(", ");
}

// JSON has no Infinity: a bound of none is written as null
const INFINITE_FIELDS = new Set(["clipValue", "clipNorm", "limit"]);

function encodeInfinity(_key: string, value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY ? null : value;
}

function decodeInfinity(fields: Record<string, unknown>): Partial<Recipe> {
  const decoded = Object.entries(fields).map(([name, value]) => {
    const infinite = value === null && INFINITE_FIELDS.has(name);
    return [name, infinite ? Number.POSITIVE_INFINITY : value];
  });
  return Object.fromEntries(decoded) as Partial<Recipe>;
}
