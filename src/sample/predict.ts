/** What a model expects, without chance: its likeliest tokens. */

import { InvalidValueError } from "../core/errors.ts";
import { encodeText, type TextModel } from "../model/text-model.ts";
import { claimSampler, endOfLine, LONGEST_LINE, type SampleOptions, sample } from "./sampler.ts";

/** A token and how likely it is to come next. */
export interface Candidate {
  /** The token, as `Vocabulary.tokenText` has it. */
  readonly token: string;
  /** From 0 to 1, at temperature 1. */
  readonly probability: number;
}

/** A token of a text, and what the model expects after it. */
export interface Prediction {
  /** The token that was read. */
  readonly token: string;
  /** The likeliest to follow it. */
  readonly next: Candidate;
}

/**
 * The likeliest next token at every position of a text, read from a zero state; a model of lines reads a line break first.
 * Throws an UnknownTokenError, or a RangeError for an empty text.
 */
export function predict(model: TextModel, text: string, unknown: "error" | "skip" = "error"): Prediction[] {
  const predictions: Prediction[] = [];
  feed(model, text, unknown, (token) => {
    predictions.push({ token: model.vocabulary.tokenText(token), next: candidates(model, 1)[0] as Candidate });
  });
  if (predictions.length === 0) throw new InvalidValueError("text: expected at least 1 token, got none");
  return predictions;
}

/**
 * The likeliest tokens to follow a text, at most `count`, the likeliest first. An empty text asks what begins a line; where
 * line breaks are no tokens it is a RangeError. Throws an UnknownTokenError as `predict` does.
 */
export function nextTokens(
  model: TextModel,
  text: string,
  count: number,
  unknown: "error" | "skip" = "error",
): Candidate[] {
  let read = 0;
  feed(model, text, unknown, () => read++);
  const { newline } = model.vocabulary;
  if (read === 0 && endOfLine(model) === undefined) {
    if (newline === undefined) throw new InvalidValueError("text: expected at least 1 token, got none");
    model.engine.samplerStep(newline);
  }
  return candidates(model, count);
}

/**
 * A prefix with the rest of its line, the likeliest character after the other, in title case if the model reads lower case:
 * "meo" → "Meosaurus". It ends at the end of the line, or after `length` tokens. For models of lines; throws a RangeError for
 * others.
 */
export function completeLine(
  model: TextModel,
  prefix: string,
  { length = LONGEST_LINE, temperature = 0, ...options }: SampleOptions = {},
): string {
  if (endOfLine(model) === undefined) {
    throw new InvalidValueError(
      "model: expected one of lines of characters or bytes, got one of a continuous text or of words",
    );
  }
  if (prefix.includes("\n"))
    throw new InvalidValueError("text: expected the beginning of one line, got a line break in it");
  const known = model.vocabulary.decode(encodeText(model, prefix, "prime", options.unknown));
  const line = known + sample(model, { ...options, prime: prefix, length, temperature });
  return model.recipe.lowercase ? titleCase(line.toLowerCase()) : line;
}

/** Every word with a capital. */
function titleCase(text: string): string {
  return text.replace(/(?<=^|[\s-])\p{L}/gu, (letter) => letter.toUpperCase());
}

/** Reads a text into the sampler from a zero state; `after` is called after each token. */
function feed(model: TextModel, text: string, unknown: "error" | "skip", after: (token: number) => void): void {
  const { engine } = model;
  const tokens = encodeText(model, text, "text", unknown);
  claimSampler(engine);
  engine.resetSampler();
  const newline = endOfLine(model);
  if (newline !== undefined) engine.samplerStep(newline);
  for (const token of tokens) {
    engine.samplerStep(token);
    after(token);
  }
}

function candidates({ engine, vocabulary }: TextModel, count: number): Candidate[] {
  const probabilities = engine.samplerProbabilities(1);
  const order = Array.from(probabilities, (_, i) => i);
  order.sort((a, b) => probabilities[b]! - probabilities[a]! || a - b);
  return order
    .slice(0, count)
    .map((token) => ({ token: vocabulary.tokenText(token), probability: probabilities[token]! }));
}
