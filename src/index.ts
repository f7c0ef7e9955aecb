/**
 * charloom: recurrent language models on text, in WebAssembly.
 *
 *     const trainer = await createTrainer(text);
 *     for (let i = 0; i < 5000; i++) trainer.step();
 *     console.log(sample(trainer.model, { prime: "The ", length: 200 }));
 *
 * Nothing here touches files; `charloom/node` does.
 */

export type {
  Engine,
  EngineConfig,
  FloatArray,
  Initialization,
  StepResult,
  StepSettings,
  TensorInfo,
  TensorRole,
} from "./core/engine.ts";
export { RandomStream } from "./core/random.ts";
export { createWasmEngine, type WasmEngine } from "./core/wasm-engine.ts";
export { decodeUtf8, normalizeNewlines } from "./data/text.ts";
export { UnknownCharacterError, Vocabulary } from "./data/vocabulary.ts";
export { initializeFromBytes, modelFromBytes, modelToBytes } from "./formats/model-file.ts";
export {
  FormatError,
  parseSafetensors,
  type SafeTensor,
  type SafetensorsFile,
  type TensorToWrite,
  writeSafetensors,
} from "./formats/safetensors.ts";
export type { LanguageModel } from "./model/language-model.ts";
export { parameterHash } from "./model/parameter-hash.ts";
export { MIN_CHAR_RNN, type Recipe, type RecipeInitialization } from "./model/recipe.ts";
export { createReferenceEngine, type ReferenceEngine } from "./reference/reference-engine.ts";
export type { Precision } from "./reference/tensor-store.ts";
export { generate, type SampleOptions, sample } from "./sample/sampler.ts";
export { type Score, type ScoredCharacter, score, scoreCharacters } from "./sample/score.ts";
export type { SamplingSettings } from "./sample/token-picker.ts";
export { checkGradients, type GradientCheck } from "./train/gradient-check.ts";
export { createTrainer, DivergenceError, type StepReport, Trainer } from "./train/trainer.ts";
