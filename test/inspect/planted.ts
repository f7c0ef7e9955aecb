/** Models whose weights are written by hand, so that what their units do is known beforehand. */

import { Vocabulary } from "../../src/data/vocabulary.ts";
import { createModel, type LanguageModel } from "../../src/model/language-model.ts";
import { completeRecipe, type Recipe } from "../../src/model/recipe.ts";

/** A model of the characters of a text, with small random weights. */
export async function randomModel(text: string, fields: Partial<Recipe>, scale = 0.1): Promise<LanguageModel> {
  const recipe = completeRecipe(fields);
  const model = await createModel(recipe, Vocabulary.fromText(text, recipe.unit));
  model.engine.initializeParameters({ kind: "normal", scale }, 5);
  return model;
}

/** Rewrites a parameter. `change` is given its values by row and column, and may set them. */
export function rewrite(
  { engine }: LanguageModel,
  name: string,
  change: (at: (row: number, column?: number) => { set(value: number): void }) => void,
): void {
  const { shape } = engine.tensors.find((tensor) => tensor.name === name)!;
  const columns = shape[1] ?? 1;
  const values = engine.readTensor(name);
  change((row, column = 0) => ({
    set(value) {
      values[row * columns + column] = value;
    },
  }));
  engine.writeTensor(name, values);
}
