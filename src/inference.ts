/**
 * charloom/inference: a trained model, to sample from and to score with, and nothing else, for pages that should stay small.
 *
 *     const model = await modelFromBytes(bytes);
 *     console.log(sample(model, { prime: "It was ", length: 80 }));
 *
 * The same names as in `charloom`, and the same texts to the bit; the module is inference.wasm.
 */

export type {
  ActivationName,
  Architecture,
  FloatArray,
  SamplingEngine,
  TensorInfo,
  TensorRole,
} from "./core/engine.ts";
export {
  type CodedError,
  type ErrorCode,
  InvalidTypeError,
  InvalidValueError,
  UnsupportedError,
} from "./core/errors.ts";
export type { AbortSignalLike, WasmModule } from "./core/host-types.ts";
export { UNKNOWN_TOKEN, type Unit } from "./data/unit.ts";
export { UnknownTokenError, Vocabulary } from "./data/vocabulary.ts";
export { FormatError } from "./formats/safetensors.ts";
export { type InferenceOptions, modelFromBytes } from "./formats/text-model-file.ts";
export type { Recipe } from "./model/recipe.ts";
export type { TextModel } from "./model/text-model.ts";
export { type Candidate, completeLine, nextTokens, type Prediction, predict } from "./sample/predict.ts";
export { generate, generateAsync, type SampleOptions, SamplerTakenError, sample } from "./sample/sampler.ts";
export { type Score, type ScoredToken, score, scoreAsync, scoreTokens } from "./sample/score.ts";
export { type ReaderState, TextReader } from "./sample/text-reader.ts";
export type { SamplingSettings } from "./sample/token-picker.ts";
