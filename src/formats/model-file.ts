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

import type { FloatArray } from "../core/engine.ts";
import { checkThreads } from "../core/wasm-engine.ts";
import { createModel, type HostOptions, type LanguageModel } from "../model/language-model.ts";
import { readRecipe, recipeText, type TrainingRecord } from "./metadata.ts";
import { checkSameVocabulary, readVocabulary } from "./metadata-fields.ts";
import {
  checkFinite,
  fillModel,
  isCandidateBias,
  loadTensors,
  SAVED_ROLES,
  secondBias,
  secondBiasValues,
  type TensorValues,
} from "./model-tensors.ts";
import { FORMAT, FORMAT_VERSION, type ParsedModel, parseModelWith } from "./parsed-model.ts";
import { dequantized } from "./quantized.ts";
import { FormatError, parseSafetensors, type TensorToWrite, writeSafetensors } from "./safetensors.ts";

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

/** Reads a model file but for its tensors. Throws as `modelFromBytes` does. */
export function parseModel(bytes: Uint8Array, name: string): ParsedModel {
  return parseModelWith(readRecipe, bytes, name);
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
