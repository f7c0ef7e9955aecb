/**
 * A vocabulary in JSON, in any of the forms that scripts for PyTorch leave behind: the list of tokens in the order of their
 * indices, the index of each token ({"a": 0, …}, "stoi"), or the token of each index ({"0": "a", …}, "itos").
 */

import type { Unit } from "../data/unit.ts";
import { Vocabulary } from "../data/vocabulary.ts";
import { FormatError } from "../formats/safetensors.ts";

/** Throws a FormatError that begins with `name`. */
export function parseVocabulary(text: string, name: string, unit: Unit): Vocabulary {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new FormatError(`${name}: expected JSON, got something else`);
  }
  const tokens = Array.isArray(content) ? content : inOrder(content);
  if (tokens === undefined || !tokens.every((token) => typeof token === "string")) {
    throw new FormatError(
      `${name}: expected a list of tokens, or an object of tokens and indices from 0 without a gap`,
    );
  }
  try {
    return new Vocabulary(tokens, unit);
  } catch (error) {
    throw new FormatError(`${name}: ${(error as Error).message}`);
  }
}

/** The tokens of an object of tokens and indices, either way round, or undefined. */
function inOrder(content: unknown): unknown[] | undefined {
  if (typeof content !== "object" || content === null) return undefined;
  const entries = Object.entries(content);
  const byIndex = new Map<number, string>();
  for (const [key, value] of entries) {
    const [index, token] = typeof value === "number" ? [value, key] : [Number(key), value];
    byIndex.set(index, token);
  }
  const tokens = entries.map((_, index) => byIndex.get(index));
  return byIndex.size === entries.length && tokens.every((token) => token !== undefined) ? tokens : undefined;
}
