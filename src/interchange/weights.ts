/** What of a model leaves charloom: its weights under PyTorch's names, and what says how to read and use them. */

import type { FloatArray } from "../core/engine.ts";
import { modelFromBytes, modelToBytes } from "../formats/model-file.ts";
import { parseSafetensors, readFloats } from "../formats/safetensors.ts";
import type { LanguageModel } from "../model/language-model.ts";

export interface WeightTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: FloatArray;
}

export interface ModelWeights {
  /** The file's whole model. */
  readonly model: LanguageModel;
  /** As the model's file names them: two biases a layer, the decoder's weight of a tied model too. */
  readonly tensors: readonly WeightTensor[];
  /** That of a model file. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Training steps so far. */
  readonly step: number;
}

/** Names of tensors that training goes on from, those of other moments included, and that a model does without. */
export const TRAINING_STATE = /^(optimizer|state|last|good)\./;
/** Of a model's metadata what is about its weights; a run's own fields stay with the run. */
const METADATA = ["format", "formatVersion", "recipe", "vocabulary", "step", "numerics", "history"];

/** The weights of a model file. Throws a FormatError, naming the file, for anything else. */
export async function readWeights(bytes: Uint8Array, name: string): Promise<ModelWeights> {
  const model = await modelFromBytes(bytes, name);
  const given = parseSafetensors(bytes, name).metadata;
  const step = stepOf(given);
  // written anew, so that half and whole-number tensors come out as what they stand for
  const { tensors, metadata } = parseSafetensors(modelToBytes(model, step), name);
  const all = new Map([...given, ...metadata]);
  return {
    model,
    tensors: [...tensors]
      .filter(([tensor]) => !TRAINING_STATE.test(tensor))
      .map(([tensor, content]) => ({ name: tensor, shape: content.shape, values: readFloats(content, tensor) })),
    metadata: Object.fromEntries([...all].filter(([field]) => METADATA.includes(field))),
    step,
  };
}

/** The training steps that a file's metadata tells of; 0 where it does not. */
export function stepOf(metadata: ReadonlyMap<string, string>): number {
  const step = Number(metadata.get("step"));
  return Number.isSafeInteger(step) && step > 0 ? step : 0;
}
