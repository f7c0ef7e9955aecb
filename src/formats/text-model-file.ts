/** A model file read for sampling alone: its weights and what they mean, without what training would go on from. */

import type { WasmModule } from "../core/host-types.ts";
import { createInferenceEngine } from "../core/inference-engine.ts";
import type { TextModel } from "../model/text-model.ts";
import { recipeFields, recipeOf } from "./metadata-fields.ts";
import { fillParameters } from "./model-tensors.ts";
import { parseModelWith } from "./parsed-model.ts";
import { FormatError } from "./safetensors.ts";

/** Where a model's module comes from. */
export interface InferenceOptions {
  /** The compiled inference.wasm, where a host has it from elsewhere (`charloom/url`): the one inside the package is not loaded. */
  readonly module?: WasmModule;
}

/**
 * A model from the bytes of its file, to sample from and to score with. Throws a FormatError, naming the file, for anything but a
 * whole charloom model.
 */
export async function modelFromBytes(
  bytes: Uint8Array,
  name = "model",
  { module }: InferenceOptions = {},
): Promise<TextModel> {
  const parsed = parseModelWith((metadata) => recipeOf(recipeFields(metadata, name), name), bytes, name);
  const { recipe, vocabulary } = parsed;
  const engine = await createInferenceEngine({ ...recipe, vocabularySize: vocabulary.size }, module).catch((error) => {
    // of the host and not of the file
    if (!(error instanceof RangeError) || error.message.startsWith("module:")) throw error;
    throw new FormatError(`${name}: recipe: ${error.message}`, { cause: error });
  });
  fillParameters(engine, parsed);
  return { recipe, vocabulary, engine, [Symbol.dispose]: () => engine.dispose() };
}
