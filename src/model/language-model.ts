/** A model as users hold it: the recipe, the vocabulary, and an engine with the numbers. */

import type { Engine, EngineConfig } from "../core/engine.ts";
import { InvalidValueError } from "../core/errors.ts";
import { checkThreads, createWasmEngine, type WasmEngineOptions } from "../core/wasm-engine.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { createReferenceEngine } from "../reference/reference-engine.ts";
import type { Recipe } from "./recipe.ts";
import type { TextModel } from "./text-model.ts";

/** A model that can be trained. `using` ends the engine's threads. */
export interface LanguageModel extends TextModel {
  /** What it was made by. */
  readonly recipe: Recipe;
  /** Its numbers, and the steps that change them. */
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
