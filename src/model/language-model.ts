/** A model as users hold it: the recipe, the vocabulary, and an engine with the numbers. */

import type { Engine, EngineConfig } from "../core/engine.ts";
import { InvalidTypeError, InvalidValueError } from "../core/errors.ts";
import { checkThreads, createWasmEngine, type WasmEngineOptions } from "../core/wasm-engine.ts";
import { lowerCase, lowerCaseByte } from "../data/unit.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { createReferenceEngine } from "../reference/reference-engine.ts";
import type { Recipe } from "./recipe.ts";

/** A model: what it was made by, the tokens that its indices mean, and its numbers. `using` ends the engine's threads. */
export interface LanguageModel extends Disposable {
  /** What it was made by. */
  readonly recipe: Recipe;
  /** The tokens that its indices mean. */
  readonly vocabulary: Vocabulary;
  /** Its numbers. */
  readonly engine: Engine;
}

/** How a model is run: no part of its recipe, since no number depends on it. */
export type HostOptions = Pick<WasmEngineOptions, "threads" | "module">;

/** A model with all parameters zero. Throws a RangeError where the engine cannot hold it. */
export async function createModel(
  recipe: Recipe,
  vocabulary: Vocabulary,
  host: HostOptions = {},
): Promise<LanguageModel> {
  const config: EngineConfig = {
    cell: recipe.cell,
    activation: recipe.activation,
    optimizer: recipe.optimizer,
    vocabularySize: vocabulary.size,
    hiddenSize: recipe.hiddenSize,
    layers: recipe.layers,
    embeddingSize: recipe.embeddingSize,
    tied: recipe.tied,
    bias: recipe.bias,
    batchSize: recipe.batchSize,
    sequenceLength: recipe.sequenceLength,
  };
  const { threads = 1 } = host;
  checkThreads(threads);
  if (recipe.backend === "js" && threads !== "auto" && threads > 1) {
    throw new InvalidValueError(`threads: expected 1 for the js backend, got ${threads}`);
  }
  const engine =
    recipe.backend === "js"
      ? createReferenceEngine(config, recipe.precision)
      : await createWasmEngine(config, { numerics: recipe.numerics, ...host });
  return { recipe, vocabulary, engine, [Symbol.dispose]: () => engine.dispose() };
}

/** What a copy of all that training goes on from takes, in bytes. */
export function stateBytes({ engine, recipe }: LanguageModel): number {
  const bytes = recipe.precision === "float64" ? 8 : 4;
  return engine.tensors
    .filter(({ role }) => role === "parameter" || role === "optimizer-slot" || role === "state")
    .reduce((sum, { shape }) => sum + bytes * shape.reduce((product, size) => product * size, 1), 0);
}

/** How many numbers are trained. */
export function parameterCount({ engine }: LanguageModel): number {
  return engine.tensors
    .filter(({ role }) => role === "parameter")
    .reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
}

/**
 * The tokens of a text as the model reads it, in lower case if its recipe says so; see Vocabulary.encode. Of bytes it may be
 * any, which a model of bytes alone reads: throws a TypeError for others.
 */
export function encodeText(
  { recipe, vocabulary }: LanguageModel,
  text: string | Uint8Array,
  name?: string,
  unknown?: "error" | "skip",
): Uint32Array {
  if (typeof text !== "string") {
    if (vocabulary.unit !== "byte") throw new InvalidTypeError(`${name ?? "text"}: expected a string, got bytes`);
    return Uint32Array.from(recipe.lowercase ? text.map(lowerCaseByte) : text);
  }
  return vocabulary.encode(recipe.lowercase ? lowerCase(text, vocabulary.unit) : text, name, unknown);
}
