/** Small models of every cell, and their logits, for comparison with what others make of them. */

import { Vocabulary } from "../../src/data/vocabulary.ts";
import { createModel, type LanguageModel } from "../../src/model/language-model.ts";
import { completeRecipe, type Recipe } from "../../src/model/recipe.ts";
import { cells, randomize } from "../engine/engines.ts";

const VOCABULARY = new Vocabulary([..."\n abcdefghijklmno"]);
/** Time steps and batch rows of the tokens that are compared. */
export const TIME_STEPS = 9;
export const ROWS = 3;

/** Every cell with one to three layers, and with the parts that a model may have or lack. */
export const CASES: Readonly<Record<string, Partial<Recipe>>> = Object.fromEntries(
  cells.flatMap((cell) => {
    const variants: [string, Partial<Recipe>][] = [
      ["1 layer", {}],
      ["2 layers", { layers: 2 }],
      ["3 layers", { layers: 3 }],
      ["an embedding", { layers: 2, embeddingSize: 6 }],
      ["a tied embedding", { embeddingSize: 11, tied: true }],
      ["no biases", { layers: 2, bias: false }],
      ["an embedding and no biases", { embeddingSize: 6, bias: false }],
    ];
    if (cell === "rnn") {
      variants.push(
        ["relu", { layers: 2, activation: "relu" }],
        ["no activation", { layers: 2, activation: "linear" }],
      );
    }
    return variants.map(([name, fields]) => [`${cell}, ${name}`, { cell, ...fields }] as const);
  }),
);

/** A model of 11 hidden units with weights that matter. */
export async function randomModel(fields: Partial<Recipe>, vocabulary = VOCABULARY): Promise<LanguageModel> {
  const model = await createModel(completeRecipe({ hiddenSize: 11, ...fields }), vocabulary);
  randomize(model.engine);
  return model;
}

/** Token of time step t in row n, the same in exchange.py. */
export function token(t: number, n: number, size = VOCABULARY.size): number {
  return (3 * t + 5 * n + t * n + 1) % size;
}

/** The model's logits (N, T, V), each row from a zero state. */
export function logitsOf({ engine, vocabulary }: LanguageModel): number[][][] {
  return Array.from({ length: ROWS }, (_, n) => {
    engine.resetSampler();
    return Array.from({ length: TIME_STEPS }, (_, t) => {
      engine.samplerStep(token(t, n, vocabulary.size));
      return [...engine.samplerLogits()];
    });
  });
}

/** The largest difference of two arrays of numbers of one shape; NaN where the shapes differ. */
export function largestDifference(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return Math.abs(a - b);
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return Number.NaN;
  return Math.max(0, ...a.map((each, i) => largestDifference(each, b[i])));
}
