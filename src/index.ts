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
  ActivationName,
  Architecture,
  Engine,
  EngineConfig,
  FloatArray,
  Initialization,
  SamplingEngine,
  StepResult,
  StepSettings,
  TensorInfo,
  TensorRole,
  WorkspaceTensor,
} from "./core/engine.ts";
export { ACTIVATIONS, EngineTrapError } from "./core/engine.ts";
export {
  type CodedError,
  DisposedError,
  type ErrorCode,
  InvalidTypeError,
  InvalidValueError,
  UnsupportedError,
} from "./core/errors.ts";
export type { AbortSignalLike, MemoryBytes, WasmMemory, WasmModule } from "./core/host-types.ts";
export { NUMERICS, type Numerics } from "./core/numerics.ts";
export { RandomStream } from "./core/random.ts";
export { Turns } from "./core/turns.ts";
export { createWasmEngine, type WasmEngine, type WasmEngineOptions } from "./core/wasm-engine.ts";
export { availableThreads, MOST_THREADS, ThreadLostError } from "./core/worker-team.ts";
export type { Cursor } from "./data/chunk-source.ts";
export { type Corpus, CorpusBuilder, type CorpusSettings, TokenizedText } from "./data/corpus.ts";
export { decodeUtf8, normalizeNewlines, Utf8Decoder } from "./data/text.ts";
export type { TokenBlock, TokenList } from "./data/token-list.ts";
export { UNITS, UNKNOWN_TOKEN, type Unit } from "./data/unit.ts";
export { TokenWriter, UnknownTokenError, Vocabulary } from "./data/vocabulary.ts";
export { initializeFromBytes, modelFromBytes, modelToBytes } from "./formats/model-file.ts";
export {
  FormatError,
  parseSafetensors,
  type SafeTensor,
  type SafetensorsFile,
  type TensorToWrite,
  writeSafetensors,
} from "./formats/safetensors.ts";
export {
  type Activations,
  type ReadActivationsOptions,
  readActivations,
  readActivationsAsync,
} from "./inspect/activations.ts";
export type {
  BackwardTrace,
  LayerGradients,
  ParameterGradient,
  SumGradient,
  TensorElement,
} from "./inspect/backward-trace.ts";
export type { Nonlinearity } from "./inspect/cell-gates.ts";
export { type CellQuantity, type QuantityRange, quantitiesOf } from "./inspect/cell-quantities.ts";
export type { CellTrace, ForwardTrace, GateTrace, LayerTrace, Term } from "./inspect/forward-trace.ts";
export type { CheckedElement } from "./inspect/gradient-elements.ts";
export { createLesson, type LearningCurve, Lesson, type LessonPair, type ParameterValues } from "./inspect/lesson.ts";
export { type PropertyRanking, type RankedUnit, type RankOptions, rankUnits } from "./inspect/rank-units.ts";
export { type Saturation, saturation } from "./inspect/saturation.ts";
export { type Passage, type PassageOptions, surprisingPassages } from "./inspect/surprising-passages.ts";
export {
  type PropertyDescription,
  TEXT_PROPERTIES,
  type TextProperty,
  textProperty,
} from "./inspect/text-properties.ts";
export type { OptimizerSlot, ParameterUpdate, UpdateTrace } from "./inspect/update-trace.ts";
export { estimateSeconds, estimateStep, type MachineSpeed, type StepCost } from "./model/cost.ts";
export { type HostOptions, type LanguageModel, parameterCount } from "./model/language-model.ts";
export { parameterHash } from "./model/parameter-hash.ts";
export { PRESETS, type Preset, type PresetName, type PresetRun } from "./model/presets.ts";
export {
  type ConstantSchedule,
  completeRecipe,
  type ExponentialSchedule,
  type HalveOnRiseSchedule,
  MIN_CHAR_RNN,
  type Recipe,
  type RecipeInitialization,
  type Schedule,
  type StepSchedule,
  type WarmUpSchedule,
} from "./model/recipe.ts";
export { encodeText, type TextModel, unknownTokens } from "./model/text-model.ts";
export { createReferenceEngine, type ReferenceEngine } from "./reference/reference-engine.ts";
export type { Precision } from "./reference/tensor-store.ts";
export { reportPage } from "./report/report-page.ts";
export {
  type Curve,
  parseRunLog,
  type RunDescription,
  RunLogReader,
  type RunRecords,
  type RunRollback,
  type RunSample,
} from "./report/run-records.ts";
export { type Candidate, completeLine, nextTokens, type Prediction, predict } from "./sample/predict.ts";
export { generate, generateAsync, type SampleOptions, SamplerTakenError, sample } from "./sample/sampler.ts";
export {
  type Score,
  type ScoredToken,
  score,
  scoreAsync,
  scoreTokens,
  summarize as summarizeScore,
} from "./sample/score.ts";
export { type ReaderState, TextReader } from "./sample/text-reader.ts";
export { filterProbabilities, type SamplingSettings } from "./sample/token-picker.ts";
export {
  type BestLoss,
  type ResumedRun,
  type ResumeOptions,
  type RunState,
  resumeTrainer,
  trainerToBytes,
} from "./train/checkpoint.ts";
export { DivergenceError } from "./train/divergence.ts";
export { DivergenceGuard, type GuardState, type Rollback } from "./train/divergence-guard.ts";
export { EarlyStopping, type EarlyStoppingState } from "./train/early-stopping.ts";
export { checkGradients, type GradientCheck } from "./train/gradient-check.ts";
export {
  createTrainer,
  type RunOptions,
  type StepReport,
  Trainer,
  type TrainerState,
} from "./train/trainer.ts";
