/** How surprising a text is to a model: the negative logarithm of each token's probability, after those before it. */

import { naturalLogarithm } from "../../assembly/kernels/portable-math.ts";
import type { SamplingEngine } from "../core/engine.ts";
import { InvalidValueError } from "../core/errors.ts";
import type { AbortSignalLike } from "../core/host-types.ts";
import { Turns } from "../core/turns.ts";
import { unitNoun } from "../data/unit.ts";
import { encodeText, type TextModel } from "../model/text-model.ts";
import { claimSampler, endOfLine } from "./sampler.ts";

const NEWLINE = 10;

/** One token of a text, and what the model thought of it. */
export interface ScoredToken {
  /** The token, as `Vocabulary.tokenText` has it. */
  readonly token: string;
  /** -log of its probability. */
  readonly nats: number;
  /** From 0 to 1. */
  readonly probability: number;
}

/** A text as a whole. A token that has nothing before it is not counted. */
export interface Score {
  /** How many were counted. */
  readonly tokens: number;
  /** The sum over all tokens. */
  readonly nats: number;
  /** The mean. */
  readonly natsPerToken: number;
  /** The mean in bits: nats ÷ log 2. */
  readonly bitsPerToken: number;
  /** e to the nats per token: among how many equally likely tokens the model felt it chose. */
  readonly perplexity: number;
}

/**
 * The tokens of a text with their surprise. The model reads a stream from a zero state, beginning with the first token, which
 * is not scored; of lines it reads each from a zero state, as in training: after a line break, and with the one that ends it,
 * where those are tokens, and with the next line's first word where they are not. A model of bytes takes bytes too, which need not be a text. Uses the model's one sampler. `unknown`
 * is as in SampleOptions. Throws an UnknownTokenError, or a RangeError for a text in which there is nothing to score.
 */
export function* scoreTokens(
  model: TextModel,
  text: string | Uint8Array,
  unknown: "error" | "skip" = "error",
): Generator<ScoredToken, void, void> {
  const { engine, vocabulary } = model;
  const owns = claimSampler(engine);
  let scored = 0;
  for (const tokens of sequences(model, text, unknown)) {
    owns();
    engine.resetSampler();
    for (let i = 0; i + 1 < tokens.length; i++, scored++) {
      owns();
      engine.samplerStep(tokens[i]!);
      const target = tokens[i + 1]!;
      const nats = surprise(engine, target);
      yield { token: vocabulary.tokenText(target), nats, probability: Math.exp(-nats) };
    }
  }
  if (scored > 0) return;
  // a line break before and after it makes a single character enough
  const least = endOfLine(model) === undefined ? `2 ${nouns(model)}` : `1 ${unitNoun(vocabulary.unit)}`;
  throw new InvalidValueError(`text: expected a line of at least ${least}, got none`);
}

/** The score of a whole text: `scoreTokens`, summed. */
export function score(model: TextModel, text: string | Uint8Array, unknown: "error" | "skip" = "error"): Score {
  let nats = 0;
  let tokens = 0;
  for (const scored of scoreTokens(model, text, unknown)) {
    nats += scored.nats;
    tokens++;
  }
  return summarize(nats, tokens);
}

/**
 * `score` for threads that have other work: the thread is free again every few milliseconds. An aborted signal ends it with the
 * signal's reason.
 */
export async function scoreAsync(
  model: TextModel,
  text: string | Uint8Array,
  options: { readonly unknown?: "error" | "skip"; readonly signal?: AbortSignalLike } = {},
): Promise<Score> {
  const turns = new Turns(options.signal);
  let nats = 0;
  let tokens = 0;
  for (const scored of scoreTokens(model, text, options.unknown)) {
    nats += scored.nats;
    tokens++;
    if (turns.over) await turns.next();
    turns.check();
  }
  return summarize(nats, tokens);
}

/** A score from the sum over its tokens, at least one. */
export function summarize(nats: number, tokens: number): Score {
  const natsPerToken = nats / tokens;
  return {
    tokens,
    nats,
    natsPerToken,
    bitsPerToken: natsPerToken / Math.LN2,
    perplexity: Math.exp(natsPerToken),
  };
}

function nouns({ vocabulary }: TextModel): string {
  return `${unitNoun(vocabulary.unit)}s`;
}

/** What is read from a zero state each: the text, or its lines. */
function* sequences(
  model: TextModel,
  text: string | Uint8Array,
  unknown: "error" | "skip",
): Generator<Uint32Array, void, void> {
  if (model.recipe.examples === "stream") {
    const tokens = encodeText(model, text, "text", unknown);
    if (tokens.length < 2)
      throw new InvalidValueError(`text: expected at least 2 ${nouns(model)}, got ${tokens.length}`);
    yield tokens;
    return;
  }
  const newline = endOfLine(model);
  let number = 0;
  let first: Uint32Array | undefined;
  let last: Uint32Array | undefined;
  for (const line of linesOf(text)) {
    const tokens = encodeText(model, line, `text: line ${++number}`, unknown);
    if (tokens.length === 0) continue;
    if (newline !== undefined) {
      yield joined([newline], tokens, [newline]);
      continue;
    }
    if (last !== undefined) yield followedBy(last, tokens);
    first ??= tokens;
    last = tokens;
  }
  // of several lines the last is followed by the first, as in training
  if (first !== undefined && last !== undefined) yield first === last ? first : followedBy(last, first);
}

/** A line of words, and the word that begins the next. */
function followedBy(line: Uint32Array, next: Uint32Array): Uint32Array {
  return joined(line, next.subarray(0, 1));
}

function joined(...parts: ArrayLike<number>[]): Uint32Array {
  const all = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function* linesOf(text: string | Uint8Array): Generator<string | Uint8Array, void, void> {
  if (typeof text === "string") {
    yield* text.split("\n");
    return;
  }
  for (let start = 0; start <= text.length; ) {
    const found = text.indexOf(NEWLINE, start);
    const end = found < 0 ? text.length : found;
    yield text.subarray(start, end);
    start = end + 1;
  }
}

/** -log of a token's probability, from the sampler as it stands. */
function surprise(engine: SamplingEngine, token: number): number {
  const logits = engine.samplerLogits();
  let largest = 0;
  for (let j = 1; j < logits.length; j++) if (logits[j]! > logits[largest]!) largest = j;
  const gap = logits[largest]! - logits[token]!;
  // -log p = gap - log p_max; p itself may be too small for a float
  return gap - naturalLogarithm(engine.samplerProbabilities(1)[largest]!);
}
