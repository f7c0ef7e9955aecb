/// <reference lib="esnext.disposable" preserve="true" />
/**
 * What an engine does: hold one model's numbers and run training and sampling steps on them. The WebAssembly engine and the
 * plain TypeScript reference both implement it, so that each can stand in for the other and be checked against it.
 *
 * T time steps, N batch rows, H hidden size, V vocabulary size. Token arrays are (T, N), time-major; T may be anything from 1
 * to `sequenceLength`. Losses are in nats, summed over the T·N tokens but those whose target is NO_TARGET. No text, no files,
 * no schedules here.
 */

import {
  MOST_BATCH,
  MOST_HIDDEN,
  MOST_LAYERS,
  MOST_TIME_STEPS,
  MOST_VOCABULARY,
  NO_TARGET,
} from "../../assembly/abi/constants.ts";
import { type CodedError, type ErrorCode, InvalidValueError } from "./errors.ts";

export { NO_TARGET };

/** The module stopped in the middle of a call: the model's numbers are then of no use. */
export class EngineTrapError extends Error implements CodedError {
  override readonly name = "EngineTrapError";
  readonly code = "ERR_ENGINE_TRAP" satisfies ErrorCode;

  constructor(cause: Error) {
    super(`engine: expected the call to end, got a trap (${cause.message}); load the last saved model`, { cause });
  }
}

/** What a model computes: all that sampling from it depends on, besides its parameters. */
export interface Architecture {
  /** A name of the cell registry: "rnn", "lstm", "gru" … */
  readonly cell: string;
  /** V, the number of tokens. */
  readonly vocabularySize: number;
  /** H, the units of a layer. */
  readonly hiddenSize: number;
  /** L, cells one above another, each of H units. */
  readonly layers: number;
  /** Width of the embedding; 0 for one-hot input. */
  readonly embeddingSize: number;
  /** What a vanilla cell applies to its sum; other cells ignore it. */
  readonly activation: ActivationName;
  /** Whether cells and decoder have biases. */
  readonly bias: boolean;
  /** Whether the decoder's weight is the embedding's; needs an embedding as wide as the hidden size. */
  readonly tied: boolean;
}

/** An architecture, and what an engine needs room for to train it. */
export interface EngineConfig extends Architecture {
  /** A name of the optimizer registry: "adagrad", "adam" … */
  readonly optimizer: string;
  /** N, the rows that a step reads side by side. */
  readonly batchSize: number;
  /** The longest chunk, in time steps. */
  readonly sequenceLength: number;
}

/** One layer on one-hot input, with biases: what a model is where nothing else is said. */
export const PLAIN_MODEL = { layers: 1, embeddingSize: 0, activation: "tanh", bias: true, tied: false } as const;

/** The names of what a vanilla cell can apply to its sum. */
export const ACTIVATIONS = ["tanh", "relu", "linear"] as const;
/** What a vanilla cell applies to its sum. */
export type ActivationName = (typeof ACTIVATIONS)[number];

/**
 * What a tensor holds: what is trained, its gradient, what the optimizer remembers of it, the state carried between chunks,
 * or the sampler's.
 */
export type TensorRole = "parameter" | "gradient" | "optimizer-slot" | "state" | "sampler-state";

/** A tensor that can be read and written by name. */
export interface TensorInfo {
  /** PyTorch's name for a parameter; "grad.<parameter>"; "optimizer.<slot>.<parameter>"; "state.<name>". */
  readonly name: string;
  /** What it is of. */
  readonly role: TensorRole;
  /** (length), or (rows, columns). */
  readonly shape: readonly number[];
}

/** What an engine keeps of its last calls besides its tensors, by name: see `Engine.workspace`. */
export interface WorkspaceTensor {
  /** As the cells name it: "sampler.gates_l0", "train.hidden_sequence_l1", "train.logits" … */
  readonly name: string;
  /** (length), or (rows, columns). */
  readonly shape: readonly number[];
}

/** How weights start; biases always start at 0. */
export interface Initialization {
  /** Of which distribution, around 0. */
  readonly kind: "normal" | "uniform";
  /** Standard deviation of a normal, half the width of a uniform distribution. */
  readonly scale: number;
}

/** What the recipe and the schedule decide of one training step. */
export interface StepSettings {
  /** Number of the step, from 1: the t of Adam's corrections, and the name of the step's dropout masks. */
  readonly step: number;
  /** Of this step, by the schedule. */
  readonly learningRate: number;
  /** Bound on the norm of all gradients, by scaling, before the other; Infinity for none. */
  readonly clipNorm: number;
  /** Bound on each gradient element; Infinity for none. */
  readonly clipValue: number;
  /** Gradients are of this times the summed loss: 1, or 1 / tokens for the mean. */
  readonly lossScale: number;
  /** λ: added to gradients as λ times the parameter; AdamW takes it off the parameter itself. */
  readonly weightDecay: number;
  /** μ of SGD and RMSprop; 0 for none. */
  readonly momentum: number;
  /** Of SGD: whether the step looks ahead by the momentum. */
  readonly nesterov: boolean;
  /** Decay of the first moment. */
  readonly beta1: number;
  /** Decay of the second moment; RMSprop's smoothing constant. */
  readonly beta2: number;
  /** Added to the root that gradients are divided by, or within it. */
  readonly epsilon: number;
  /** Adagrad's ε inside the root, as min-char-rnn has it, rather than beside it, as PyTorch has it. */
  readonly epsilonInRoot: boolean;
  /** Probability that an element between two layers is dropped, below 1. */
  readonly dropout: number;
  /** Seed of the dropout masks. */
  readonly seed: number;
}

/** What a step does where nothing else is said: plain descent with a rate of 0, and min-char-rnn's ε. */
export const DEFAULT_STEP_SETTINGS: StepSettings = {
  step: 1,
  learningRate: 0,
  clipNorm: Number.POSITIVE_INFINITY,
  clipValue: Number.POSITIVE_INFINITY,
  lossScale: 1,
  weightDecay: 0,
  momentum: 0,
  nesterov: false,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  epsilonInRoot: true,
  dropout: 0,
  seed: 0,
};

/** What a step found. */
export interface StepResult {
  /** Nats, summed over the step's tokens. */
  readonly loss: number;
  /** Euclidean norm over all parameters, before clipping. */
  readonly gradientNorm: number;
}

/** float32 or, in plain TypeScript with that precision, float64. */
export type FloatArray = Float32Array | Float64Array;

/** One model's numbers, and the steps that sample from it. `using` disposes of one as `dispose` does. */
export interface SamplingEngine extends Disposable {
  /** What it was created with. */
  readonly config: Architecture;
  /** Every tensor that can be read and written by name, in a fixed order. */
  readonly tensors: readonly TensorInfo[];
  /**
   * What the last training step ("train.…") and the last sampler step ("sampler.…") left in memory besides `tensors`. Every engine
   * has a layer's gates, "sampler.gates_l0" (1, G·H), as the cell leaves them (its file in assembly/cells says how); what else
   * there is, is the engine's own. Nothing can be written.
   */
  readonly workspace: readonly WorkspaceTensor[];
  /** What the engine's numbers take, in bytes. */
  readonly memoryBytes: number;

  /** A copy, row-major in the tensor's shape. Throws a RangeError for an unknown name. */
  readTensor(name: string): FloatArray;
  /** A copy of a tensor of `workspace`, row-major. Throws a RangeError for an unknown name. */
  readWorkspace(name: string): FloatArray;
  /** Overwrites a tensor from row-major values. Throws a RangeError for an unknown name or a wrong length. */
  writeTensor(name: string, values: ArrayLike<number>): void;

  /** Sets the sampler's state to zero. */
  resetSampler(): void;
  /** Feeds one token to the sampler. */
  samplerStep(token: number): void;
  /** Logits (V) of the next token. Valid until the next call on this engine. */
  samplerLogits(): FloatArray;
  /** Probabilities (V) of the next token at a temperature above 0. Valid until the next call on this engine. */
  samplerProbabilities(temperature: number): FloatArray;
  /**
   * Feeds one token to the sampler and returns the next, drawn from its probabilities at a temperature above 0 by a number between
   * 0 and 1: `samplerStep`, `samplerProbabilities` and `drawIndex` at once.
   */
  samplerDraw(token: number, temperature: number, unit: number): number;

  /** Ends the engine's threads; it takes no more calls. An engine on one thread needs no such end. */
  dispose(): void;
  /** `dispose`, for `using`. */
  [Symbol.dispose](): void;
}

/** One model's numbers, and the steps that train, look at and sample from them. */
export interface Engine extends SamplingEngine {
  /** The module, or plain TypeScript. */
  readonly backend: "wasm" | "js";
  /** What it was created with. */
  readonly config: EngineConfig;
  /** Threads that the next step runs on; those of "auto" may change while the first steps are compared. */
  readonly threads: number;

  /** Fills the weights from the random streams of the seed (a whole number below 2⁵³), the same in every engine. */
  initializeParameters(initialization: Initialization, seed: number): void;

  /** Sets the state carried from chunk to chunk to zero. */
  resetState(): void;
  /** Loss of a chunk in nats, summed, without dropout; the final state is carried on. */
  evaluate(tokens: ArrayLike<number>, targets: ArrayLike<number>): number;
  /** Loss and gradients of a chunk, from the carried state; changes neither parameters nor state. */
  lossAndGradients(tokens: ArrayLike<number>, targets: ArrayLike<number>, settings?: Partial<StepSettings>): StepResult;
  /** One training step: loss, gradients, clipping, optimizer update; the final state is carried on. */
  trainStep(tokens: ArrayLike<number>, targets: ArrayLike<number>, settings: Partial<StepSettings>): StepResult;

  /** Gives the sampler the carried state of batch row 0. */
  copyStateToSampler(): void;
}

/** The largest sizes an engine takes; they keep every index and byte count a safe whole number. */
export const LIMITS = {
  hiddenSize: MOST_HIDDEN,
  sequenceLength: MOST_TIME_STEPS,
  batchSize: MOST_BATCH,
  vocabularySize: MOST_VOCABULARY,
  layers: MOST_LAYERS,
} as const;

/** Throws a RangeError that names what is wrong in a configuration. */
export function checkEngineConfig(
  config: EngineConfig,
  cellNames: readonly string[],
  optimizerNames: readonly string[],
): void {
  checkArchitecture(config, cellNames);
  checkChoice("optimizer", config.optimizer, optimizerNames);
  checkWholeNumber("batchSize", config.batchSize, 1, LIMITS.batchSize);
  checkWholeNumber("sequenceLength", config.sequenceLength, 1, LIMITS.sequenceLength);
}

/** The same of what sampling depends on. */
export function checkArchitecture(config: Architecture, cellNames: readonly string[]): void {
  checkChoice("cell", config.cell, cellNames);
  checkWholeNumber("vocabularySize", config.vocabularySize, 1, LIMITS.vocabularySize);
  checkWholeNumber("hiddenSize", config.hiddenSize, 1, LIMITS.hiddenSize);
  checkWholeNumber("layers", config.layers, 1, LIMITS.layers);
  checkWholeNumber("embeddingSize", config.embeddingSize, 0, LIMITS.hiddenSize);
  checkChoice("activation", config.activation, ACTIVATIONS);
  if (config.tied && config.embeddingSize !== config.hiddenSize) {
    throw new InvalidValueError(
      `tied: expected an embedding as wide as the hidden size, ${config.hiddenSize}, got ${config.embeddingSize}`,
    );
  }
}

/** Throws a RangeError unless `value` is a whole number from `min` to `max`. */
export function checkWholeNumber(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new InvalidValueError(`${name}: expected a whole number from ${min} to ${max}, got ${String(value)}`);
}

/** Throws a RangeError unless `value` is one of `choices`. */
export function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new InvalidValueError(`${name}: expected ${choices.join(" or ")}, got "${String(value)}"`);
}

/**
 * The number of time steps of a chunk; throws a RangeError unless tokens and targets are whole rows of the batch, of one
 * length, and every index is below the vocabulary size or, of a target, NO_TARGET.
 */
export function checkChunk(config: EngineConfig, tokens: ArrayLike<number>, targets: ArrayLike<number>): number {
  const { batchSize, sequenceLength, vocabularySize } = config;
  const timeSteps = tokens.length / batchSize;
  checkWholeNumber("time steps (tokens ÷ batch rows)", timeSteps, 1, sequenceLength);
  if (targets.length !== tokens.length) {
    throw new InvalidValueError(`targets: expected ${tokens.length} indices, as many as tokens, got ${targets.length}`);
  }
  for (let i = 0; i < tokens.length; i++) {
    checkToken(tokens[i] as number, vocabularySize);
    if (targets[i] !== NO_TARGET) checkToken(targets[i] as number, vocabularySize);
  }
  return timeSteps;
}

/** Throws a RangeError unless `token` is an index below the vocabulary size. */
export function checkToken(token: number, vocabularySize: number): void {
  if (token >>> 0 === token && token < vocabularySize) return;
  throw new InvalidValueError(`token: expected a whole number from 0 to ${vocabularySize - 1}, got ${token}`);
}
