/** A model file before its tensors are read: what it says of itself. */

import type { Vocabulary } from "../data/vocabulary.ts";
import type { Recipe } from "../model/recipe.ts";
import { type Metadata, readVocabulary } from "./metadata-fields.ts";
import { dequantized } from "./quantized.ts";
import { FormatError, parseSafetensors, type SafetensorsFile } from "./safetensors.ts";

export const FORMAT = "charloom";
export const FORMAT_VERSION = "1";
/** A model file that has been read, but for its tensors. */
export interface ParsedModel {
  readonly name: string;
  readonly file: SafetensorsFile;
  readonly recipe: Recipe;
  readonly vocabulary: Vocabulary;
}

/**
 * Reads a model file but for its tensors; `readRecipe` makes a recipe of its metadata. Throws a FormatError, naming the file, for
 * anything but a charloom model.
 */
export function parseModelWith(
  readRecipe: (metadata: Metadata, name: string) => Recipe,
  bytes: Uint8Array,
  name: string,
): ParsedModel {
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

/** Before anything is allocated: a small file must not ask for large weights. A cell may have no recurrent weight. */
function checkHiddenSize(file: SafetensorsFile, hiddenSize: number, name: string): void {
  const weight = file.tensors.has("rnn.weight_hh_l0") ? "rnn.weight_hh_l0" : "decoder.weight";
  const shape = file.tensors.get(weight)?.shape;
  if (shape?.[1] === hiddenSize) return;
  const got = shape === undefined ? "no such tensor" : `[${shape.join(", ")}]`;
  throw new FormatError(`${name}: tensor "${weight}": its recipe says hidden size ${hiddenSize}, got ${got}`);
}
