/** A model as users hold it: the recipe, the vocabulary, and an engine with the numbers. */

import type { Engine, EngineConfig } from "../core/engine.ts";
import { createWasmEngine } from "../core/wasm-engine.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { createReferenceEngine } from "../reference/reference-engine.ts";
import type { Recipe } from "./recipe.ts";

export interface LanguageModel {
  readonly recipe: Recipe;
  readonly vocabulary: Vocabulary;
  readonly engine: Engine;
}

/** A model with all parameters zero. Throws a RangeError where the engine cannot hold it. */
export async function createModel(recipe: Recipe, vocabulary: Vocabulary): Promise<LanguageModel> {
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
  const engine =
    recipe.backend === "js" ? createReferenceEngine(config, recipe.precision) : await createWasmEngine(config);
  return { recipe, vocabulary, engine };
}
