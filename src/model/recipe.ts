/** Everything that decides a run but the text: the same recipe, text and seed give the same model, bit for bit. */

import { checkChoice, checkWholeNumber, type Initialization, LIMITS } from "../core/engine.ts";

export interface Recipe {
  readonly cell: string;
  readonly hiddenSize: number;
  /** Time steps of a chunk: back-propagation is cut at its start. */
  readonly sequenceLength: number;
  readonly initialization: Initialization;
  readonly optimizer: string;
  readonly learningRate: number;
  /** Each gradient element is held within ± this; Infinity for none. */
  readonly clipValue: number;
  /** A whole number from 0 to 2⁵³ - 1. */
  readonly seed: number;
  readonly backend: "wasm" | "js";
  /** What parameters are kept in; float64 needs the js backend. */
  readonly precision: "float32" | "float64";
}

/** min-char-rnn (A. Karpathy, 2015), number for number. */
export const MIN_CHAR_RNN: Recipe = {
  cell: "rnn",
  hiddenSize: 100,
  sequenceLength: 25,
  initialization: { kind: "normal", scale: 0.01 },
  optimizer: "adagrad",
  learningRate: 0.1,
  clipValue: 5,
  seed: 1,
  backend: "wasm",
  precision: "float32",
};

/** The given fields over those of min-char-rnn. Throws a RangeError or TypeError that names the field that is wrong. */
export function completeRecipe(fields: Partial<Recipe>): Recipe {
  for (const name of Object.keys(fields)) {
    if (!Object.hasOwn(MIN_CHAR_RNN, name)) {
      throw new TypeError(`${name}: not a field of a recipe; expected ${Object.keys(MIN_CHAR_RNN).join(", ")}`);
    }
  }
  const recipe = { ...MIN_CHAR_RNN, ...fields };
  checkWholeNumber("hiddenSize", recipe.hiddenSize, 1, LIMITS.hiddenSize);
  checkWholeNumber("sequenceLength", recipe.sequenceLength, 1, LIMITS.sequenceLength);
  if (typeof recipe.initialization !== "object" || recipe.initialization === null) {
    throw new TypeError(`initialization: expected { kind, scale }, got ${String(recipe.initialization)}`);
  }
  checkChoice("initialization", recipe.initialization.kind, ["normal", "uniform"]);
  checkNumber("initialization scale", recipe.initialization.scale, 0, 1e6);
  checkNumber("learningRate", recipe.learningRate, 0, 1e6);
  if (recipe.clipValue !== Number.POSITIVE_INFINITY) checkNumber("clipValue", recipe.clipValue, 0, 1e30);
  if (recipe.clipValue === 0) throw new RangeError("clipValue: expected a number above 0, got 0");
  checkWholeNumber("seed", recipe.seed, 0, Number.MAX_SAFE_INTEGER);
  checkChoice("backend", recipe.backend, ["wasm", "js"]);
  checkChoice("precision", recipe.precision, ["float32", "float64"]);
  if (recipe.precision === "float64" && recipe.backend === "wasm") {
    throw new RangeError("precision: float64 needs the js backend, got the wasm backend");
  }
  return recipe;
}

/** Throws a RangeError unless `value` is a number from `min` to `max`. */
export function checkNumber(name: string, value: number, min: number, max: number): void {
  if (typeof value === "number" && value >= min && value <= max) return;
  throw new RangeError(`${name}: expected a number from ${min} to ${max}, got ${String(value)}`);
}
