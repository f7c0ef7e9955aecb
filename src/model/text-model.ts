/** A model as samples and scores need it: without what trains it. */

import type { SamplingEngine } from "../core/engine.ts";
import { InvalidTypeError } from "../core/errors.ts";
import { lowerCase, lowerCaseByte, splitText } from "../data/unit.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import type { Recipe } from "./recipe.ts";

/** A model: what it was made by, the tokens that its indices mean, and its numbers. */
export interface TextModel extends Disposable {
  /** What it was made by. */
  readonly recipe: Recipe;
  /** The tokens that its indices mean. */
  readonly vocabulary: Vocabulary;
  /** Its numbers. */
  readonly engine: SamplingEngine;
}

/**
 * The tokens of a text as the model reads it, in lower case if its recipe says so; see Vocabulary.encode. Of bytes it may be
 * any, which a model of bytes alone reads: throws a TypeError for others.
 */
export function encodeText(
  { recipe, vocabulary }: TextModel,
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

/** Distinct tokens of a text that a model does not know and `encodeText` would leave out or refuse, in the order of their appearance. */
export function unknownTokens({ recipe, vocabulary }: TextModel, text: string): string[] {
  if (vocabulary.unit === "byte" || vocabulary.unknown !== undefined) return [];
  const tokens = splitText(recipe.lowercase ? lowerCase(text, vocabulary.unit) : text, vocabulary.unit);
  return [...new Set(tokens)].filter((token) => vocabulary.indexOf(token) === undefined);
}
