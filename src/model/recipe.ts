/** Everything that decides a run but the text: the same recipe, text and seed give the same model, bit for bit. */

import { ACTIVATIONS, type ActivationName, checkChoice, checkWholeNumber, LIMITS } from "../core/engine.ts";
import { InvalidTypeError, InvalidValueError } from "../core/errors.ts";
import { NUMERICS, type Numerics } from "../core/numerics.ts";
import type { CorpusSettings } from "../data/corpus.ts";
import { UNITS } from "../data/unit.ts";

const INITIALIZATIONS = ["normal", "uniform", "fan", "pytorch"] as const;

/** How weights start; biases start at 0. */
export interface RecipeInitialization {
  /**
   * "fan": uniform in ±1/√n, n being the width of what the weight reads, V for one-hot input; "pytorch": the same, but that
   * all weights of a recurrent layer take ±1/√H, as PyTorch's do.
   */
  readonly kind: (typeof INITIALIZATIONS)[number];
  /** Standard deviation of a normal, bound of a uniform distribution; without meaning for the other two. */
  readonly scale: number;
  /** Added to the weights of a cell's sigmoid gates, f, i and o of an LSTM for one; 0 if left out. */
  readonly gateMean?: number;
}

export const SCHEDULES = ["constant", "step", "exponential", "halve-on-rise", "linear", "cosine"] as const;

/** What the learning rate is multiplied by, step after step (train/schedule.ts). */
export type Schedule = ConstantSchedule | StepSchedule | ExponentialSchedule | HalveOnRiseSchedule | WarmUpSchedule;

/** The rate stays what it is. */
export interface ConstantSchedule {
  /** Tells it from others. */
  readonly kind: "constant";
}

/** The rate is multiplied by a factor every so many steps. */
export interface StepSchedule {
  /** Tells it from others. */
  readonly kind: "step";
  /** From 0 to 1. */
  readonly factor: number;
  /** Steps. */
  readonly every: number;
}

/** The rate is multiplied by a factor at the end of every pass over the text, but for the first ones. */
export interface ExponentialSchedule {
  /** Tells it from others. */
  readonly kind: "exponential";
  /** From 0 to 1. */
  readonly factor: number;
  /** Passes that leave the rate as it is. */
  readonly after: number;
}

/** The rate is halved when the mean loss over all training examples rose. */
export interface HalveOnRiseSchedule {
  /** Tells it from others. */
  readonly kind: "halve-on-rise";
  /** Passes from one look at that loss to the next. */
  readonly every: number;
}

/** The rate rises linearly from 0, then falls to 0, in a line or as half a cosine. */
export interface WarmUpSchedule {
  /** Tells it from others. */
  readonly kind: "linear" | "cosine";
  /** Steps to the end, those of the warm-up included. */
  readonly total: number;
  /** Steps in which the rate rises; 0 for none. */
  readonly warmUp: number;
}

/** All fields of a recipe. docs/numerics.md has the equations. */
export interface Recipe extends CorpusSettings {
  /** Of lines: "file", as they stand, or "shuffle", every pass in another order. */
  readonly order: "file" | "shuffle";
  /** A name of the cell registry: "rnn", "lstm", "gru" … */
  readonly cell: string;
  /** What a vanilla cell applies to its sum; other cells ignore it. */
  readonly activation: ActivationName;
  /** H, the units of a layer, from 1 to 8192. */
  readonly hiddenSize: number;
  /** L, cells one above another, from 1 to 64. */
  readonly layers: number;
  /** Width of the embedding; 0 for one-hot input. */
  readonly embeddingSize: number;
  /** Whether the decoder's weight is the embedding's, whose width must be the hidden size. */
  readonly tied: boolean;
  /** Whether cells and decoder have biases. */
  readonly bias: boolean;
  /** Probability that an element between two layers is dropped, below 1. */
  readonly dropout: number;
  /** Rows of a step, read side by side: contiguous slices of a stream, or lines. */
  readonly batchSize: number;
  /** The last part of the text, kept from training to validate on; 0 for none. */
  readonly validationFraction: number;
  /** Time steps of a chunk: back-propagation is cut at its start. 0 for whole lines, however long. */
  readonly sequenceLength: number;
  /** How weights start. */
  readonly initialization: RecipeInitialization;
  /** What the forget gates' biases of an LSTM start at. */
  readonly forgetBias: number;
  /** Whether gradients are of the loss summed over a step's tokens or of its mean. */
  readonly loss: "sum" | "mean";
  /** A name of the optimizer registry: "adagrad", "adam" … */
  readonly optimizer: string;
  /** The rate that the schedule begins with. */
  readonly learningRate: number;
  /** What becomes of the rate. */
  readonly schedule: Schedule;
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
  /** λ: added to gradients as λ times the parameter; AdamW takes it off the parameter itself. */
  readonly weightDecay: number;
  /** The norm of all gradients is held below this, by scaling; Infinity for none. */
  readonly clipNorm: number;
  /** Each gradient element is held within ± this; Infinity for none. */
  readonly clipValue: number;
  /** A whole number from 0 to 2⁵³ - 1. */
  readonly seed: number;
  /** What computes: the module, or plain TypeScript. */
  readonly backend: "wasm" | "js";
  /** What parameters are kept in; float64 needs the js backend. */
  readonly precision: "float32" | "float64";
  /** Of the wasm backend: "strict" gives the same bits on every engine, "fused" is faster and does so on those that fuse. */
  readonly numerics: Numerics;
}

/** min-char-rnn (A. Karpathy, 2015), number for number. */
export const MIN_CHAR_RNN: Recipe = {
  unit: "char",
  examples: "stream",
  order: "file",
  lowercase: false,
  minCount: 1,
  limit: Number.POSITIVE_INFINITY,
  cell: "rnn",
  activation: "tanh",
  hiddenSize: 100,
  layers: 1,
  embeddingSize: 0,
  tied: false,
  bias: true,
  dropout: 0,
  batchSize: 1,
  validationFraction: 0,
  sequenceLength: 25,
  initialization: { kind: "normal", scale: 0.01 },
  forgetBias: 0,
  loss: "sum",
  optimizer: "adagrad",
  learningRate: 0.1,
  schedule: { kind: "constant" },
  momentum: 0,
  nesterov: false,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  epsilonInRoot: true,
  weightDecay: 0,
  clipNorm: Number.POSITIVE_INFINITY,
  clipValue: 5,
  seed: 1,
  backend: "wasm",
  precision: "float32",
  numerics: "strict",
};

/** What else changes with the optimizer where nothing is said: rates and constants that its authors or users settled on. */
const OPTIMIZER_DEFAULTS: Readonly<Record<string, Partial<Recipe>>> = {
  adagrad: {},
  sgd: { learningRate: 0.01 },
  rmsprop: { learningRate: 0.002, beta2: 0.95 },
  adam: { learningRate: 0.001 },
  adamw: { learningRate: 0.001, weightDecay: 0.01 },
  adamax: { learningRate: 0.002 },
};

/** The fields that an optimizer has its own values of. */
export const OPTIMIZER_FIELDS = [
  "learningRate",
  "momentum",
  "nesterov",
  "beta1",
  "beta2",
  "epsilon",
  "weightDecay",
] as const;

/**
 * The given fields over those of min-char-rnn, and over what goes with the optimizer and with lines, which are read whole
 * unless a sequence length is given. Throws a RangeError or TypeError that
 * names the field that is wrong.
 */
export function completeRecipe(fields: Partial<Recipe>): Recipe {
  for (const name of Object.keys(fields)) {
    if (!Object.hasOwn(MIN_CHAR_RNN, name)) {
      throw new InvalidTypeError(`${name}: not a field of a recipe; expected ${Object.keys(MIN_CHAR_RNN).join(", ")}`);
    }
  }
  const optimizer = fields.optimizer ?? MIN_CHAR_RNN.optimizer;
  checkChoice("optimizer", optimizer, Object.keys(OPTIMIZER_DEFAULTS));
  const wholeLines = fields.examples === "lines" ? { sequenceLength: 0 } : {};
  const recipe: Recipe = { ...MIN_CHAR_RNN, ...OPTIMIZER_DEFAULTS[optimizer], ...wholeLines, ...fields };
  checkCorpusSettings(recipe);
  checkSizes(recipe);
  checkInitialization(recipe);
  checkOptimizer(recipe);
  checkSchedule(recipe.schedule);
  checkWholeNumber("seed", recipe.seed, 0, Number.MAX_SAFE_INTEGER);
  checkChoice("backend", recipe.backend, ["wasm", "js"]);
  checkChoice("precision", recipe.precision, ["float32", "float64"]);
  checkChoice("numerics", recipe.numerics, NUMERICS);
  if (recipe.numerics === "fused" && recipe.backend === "js") {
    throw new InvalidValueError("numerics: fused needs the wasm backend, got the js backend");
  }
  if (recipe.precision === "float64" && recipe.backend === "wasm") {
    throw new InvalidValueError("precision: float64 needs the js backend, got the wasm backend");
  }
  return recipe;
}

function checkCorpusSettings({ unit, examples, order, lowercase, minCount, limit }: Recipe): void {
  checkChoice("unit", unit, UNITS);
  checkChoice("examples", examples, ["stream", "lines"]);
  checkChoice("order", order, ["file", "shuffle"]);
  if (order === "shuffle" && examples === "stream") {
    throw new InvalidValueError(
      "order: expected file for a continuous stream, got shuffle; only lines can be shuffled",
    );
  }
  checkBoolean("lowercase", lowercase);
  checkWholeNumber("minCount", minCount, 1, Number.MAX_SAFE_INTEGER);
  if (limit !== Number.POSITIVE_INFINITY) checkWholeNumber("limit", limit, 1, Number.MAX_SAFE_INTEGER);
}

function checkSizes(recipe: Recipe): void {
  checkWholeNumber("hiddenSize", recipe.hiddenSize, 1, LIMITS.hiddenSize);
  checkWholeNumber("layers", recipe.layers, 1, LIMITS.layers);
  checkWholeNumber("embeddingSize", recipe.embeddingSize, 0, LIMITS.hiddenSize);
  checkWholeNumber("batchSize", recipe.batchSize, 1, LIMITS.batchSize);
  checkWholeNumber("sequenceLength", recipe.sequenceLength, recipe.examples === "lines" ? 0 : 1, LIMITS.sequenceLength);
  checkChoice("activation", recipe.activation, ACTIVATIONS);
  for (const name of ["tied", "bias"] as const) checkBoolean(name, recipe[name]);
}

function checkInitialization({ initialization, forgetBias }: Recipe): void {
  if (typeof initialization !== "object" || initialization === null) {
    throw new InvalidTypeError(`initialization: expected { kind, scale }, got ${String(initialization)}`);
  }
  checkChoice("initialization", initialization.kind, INITIALIZATIONS);
  checkNumber("initialization scale", initialization.scale, 0, 1e6);
  checkNumber("initialization gateMean", initialization.gateMean ?? 0, -1e6, 1e6);
  checkNumber("forgetBias", forgetBias, -1e6, 1e6);
}

function checkOptimizer(recipe: Recipe): void {
  checkNumber("learningRate", recipe.learningRate, 0, 1e6);
  for (const name of ["clipNorm", "clipValue"] as const) {
    const value = recipe[name];
    if (value !== Number.POSITIVE_INFINITY) checkNumber(name, value, 0, 1e30);
    if (value === 0) throw new InvalidValueError(`${name}: expected a number above 0, got 0`);
  }
  for (const name of ["dropout", "momentum", "beta1", "beta2", "validationFraction"] as const)
    checkFraction(name, recipe[name]);
  checkNumber("epsilon", recipe.epsilon, 0, 1);
  checkNumber("weightDecay", recipe.weightDecay, 0, 1e6);
  for (const name of ["nesterov", "epsilonInRoot"] as const) checkBoolean(name, recipe[name]);
  checkChoice("loss", recipe.loss, ["sum", "mean"]);
}

function checkSchedule(schedule: Schedule): void {
  if (typeof schedule !== "object" || schedule === null) {
    throw new InvalidTypeError(`schedule: expected { kind, … }, got ${String(schedule)}`);
  }
  const most = Number.MAX_SAFE_INTEGER;
  checkChoice("schedule", schedule.kind, SCHEDULES);
  if (schedule.kind === "step" || schedule.kind === "exponential") {
    checkNumber("schedule factor", schedule.factor, 0, 1);
  }
  if (schedule.kind === "step" || schedule.kind === "halve-on-rise") {
    checkWholeNumber("schedule every", schedule.every, 1, most);
  }
  if (schedule.kind === "exponential") checkWholeNumber("schedule after", schedule.after, 0, most);
  if (schedule.kind === "linear" || schedule.kind === "cosine") {
    checkWholeNumber("schedule total", schedule.total, 1, most);
    checkWholeNumber("schedule warmUp", schedule.warmUp, 0, schedule.total - 1);
  }
}

/** Throws a RangeError unless `value` is a number from `min` to `max`. */
export function checkNumber(name: string, value: number, min: number, max: number): void {
  if (typeof value === "number" && value >= min && value <= max) return;
  throw new InvalidValueError(`${name}: expected a number from ${min} to ${max}, got ${String(value)}`);
}

/** Throws a RangeError unless `value` is a number from 0 to just below 1. */
function checkFraction(name: string, value: number): void {
  if (typeof value === "number" && value >= 0 && value < 1) return;
  throw new InvalidValueError(`${name}: expected a number from 0 to just below 1, got ${String(value)}`);
}

function checkBoolean(name: string, value: boolean): void {
  if (typeof value !== "boolean") throw new InvalidTypeError(`${name}: expected true or false, got ${String(value)}`);
}
