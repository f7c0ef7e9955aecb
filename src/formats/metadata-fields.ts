/** The fields of a model file that any reader needs, recipe and vocabulary. metadata.ts has the schemas of those for training. */

import { type Unit, unitNoun } from "../data/unit.ts";
import { Vocabulary } from "../data/vocabulary.ts";
import { completeRecipe, type Recipe } from "../model/recipe.ts";
import { FormatError } from "./safetensors.ts";
import { parseStrictJson } from "./strict-json.ts";

export type Metadata = ReadonlyMap<string, string>;

/** A recipe's fields as JSON has them. Throws a FormatError where there is none. */
export function recipeFields(metadata: Metadata, fileName: string): Readonly<Record<string, unknown>> {
  const fields = parseField(metadata, "recipe", fileName);
  if (typeof fields === "object" && fields !== null && !Array.isArray(fields)) return fields as Record<string, unknown>;
  throw new FormatError(`${fileName}: its metadata has no recipe`);
}

/** A recipe from its fields as JSON has them. Throws a FormatError that names the file and the field. */
export function recipeOf(fields: Readonly<Record<string, unknown>>, fileName: string): Recipe {
  try {
    return completeRecipe(decodeInfinity(fields));
  } catch (error) {
    const advice = error instanceof TypeError ? "; the file is damaged, or of a later version of charloom" : "";
    throw new FormatError(`${fileName}: recipe: ${(error as Error).message}${advice}`, { cause: error });
  }
}

/** The vocabulary; undefined where there is none. Throws a FormatError. */
export function readVocabulary(metadata: Metadata, fileName: string, unit: Unit): Vocabulary | undefined {
  const tokens = parseField(metadata, "vocabulary", fileName);
  if (tokens === undefined) return undefined;
  if (!Array.isArray(tokens) || !tokens.every((token) => typeof token === "string")) {
    throw new FormatError(`${fileName}: vocabulary: expected a list of tokens`);
  }
  try {
    return new Vocabulary(tokens, unit);
  } catch (error) {
    throw new FormatError(`${fileName}: ${(error as Error).message}`);
  }
}

/** Throws a FormatError where a file's vocabulary is not that of the text. */
export function checkSameVocabulary(file: Vocabulary, text: Vocabulary, fileName: string): void {
  if (file.size === text.size && file.tokens.every((token, i) => token === text.tokens[i])) return;
  const noun = unitNoun(text.unit);
  throw new FormatError(
    `${fileName}: its vocabulary of ${file.size} ${noun}s is not that of the text (${text.size}); train on a text with the same ${noun}s`,
  );
}

/** The JSON of a field; undefined where there is none. Throws a FormatError. */
export function parseField(metadata: Metadata, field: string, fileName: string): unknown {
  const text = metadata.get(field);
  if (text === undefined) return undefined;
  try {
    return parseStrictJson(text);
  } catch (error) {
    const { message } = error as Error;
    const why = message.startsWith("the key") ? `: ${message}` : "";
    throw new FormatError(`${fileName}: its metadata field "${field}" is not valid JSON${why}; the file is damaged`);
  }
}

const INFINITE_FIELDS = new Set(["clipValue", "clipNorm", "limit"]);

function decodeInfinity(fields: Readonly<Record<string, unknown>>): Partial<Recipe> {
  const decoded = Object.entries(fields).map(([field, value]) => {
    const infinite = value === null && INFINITE_FIELDS.has(field);
    return [field, infinite ? Number.POSITIVE_INFINITY : value];
  });
  return Object.fromEntries(decoded) as Partial<Recipe>;
}
