/** Drawing text from a model, one token at a time. */

import { checkWholeNumber, type SamplingEngine } from "../core/engine.ts";
import { type CodedError, type ErrorCode, InvalidValueError } from "../core/errors.ts";
import type { AbortSignalLike } from "../core/host-types.ts";
import { RANDOM_STREAMS, RandomStream } from "../core/random.ts";
import { Turns } from "../core/turns.ts";
import { TokenWriter } from "../data/vocabulary.ts";
import { encodeText, type TextModel } from "../model/text-model.ts";
import { untilStop } from "./stop-strings.ts";
import { checkSampling, type SamplingSettings, TokenPicker } from "./token-picker.ts";

/** What a sample goes on from, how it is drawn, and where it ends. */
export interface SampleOptions extends SamplingSettings {
  /**
   * Text to go on from, of any length; it is not part of the result. Without it a model of lines begins one, another model
   * starts as after a line break.
   */
  readonly prime?: string;
  /** Tokens to draw at most, Infinity for an endless stream; 500 if left out. */
  readonly length?: number;
  /** Texts before the first of which the sample ends. */
  readonly stop?: readonly string[];
  /** A whole number from 0 to 2⁵³ - 1: the same seed, the same text; 1 if left out. */
  readonly seed?: number;
  /** What to do with tokens of the prime that the model does not know; "error" if left out. */
  readonly unknown?: "error" | "skip";
}

/**
 * The text that follows the prime, token by token. A model of lines ends at the end of its line, unless the length is
 * Infinity: then line follows line. A model has one sampler: starting another ends this one with a SamplerTakenError. Throws an
 * UnknownTokenError or a RangeError at the first `next` for options that do not fit.
 */
export function* generate(model: TextModel, options: SampleOptions = {}): Generator<string, void, void> {
  const { prime = "", length = 500, seed = 1, unknown = "error", stop = [] } = options;
  if (length !== Number.POSITIVE_INFINITY) checkWholeNumber("length", length, 0, Number.MAX_SAFE_INTEGER);
  checkSampling(options);
  if (stop.includes("")) throw new InvalidValueError("stop: expected texts of at least 1 character, got an empty one");
  checkWholeNumber("seed", seed, 0, Number.MAX_SAFE_INTEGER);
  const primeTokens = encodeText(model, prime, "prime", unknown);
  const random = new RandomStream(seed, RANDOM_STREAMS.samples);
  yield* untilStop(continuation(model, primeTokens, length, options, random), stop);
}

/**
 * `generate` for threads that have other work: the thread is free again every few milliseconds. An aborted signal ends it with
 * the signal's reason.
 */
export async function* generateAsync(
  model: TextModel,
  options: SampleOptions & { readonly signal?: AbortSignalLike } = {},
): AsyncGenerator<string, void, void> {
  const turns = new Turns(options.signal);
  for (const piece of generate(model, options)) {
    yield piece;
    if (turns.over) await turns.next();
    turns.check();
  }
}

/** The text that follows the prime: `generate`, joined. `length` must be finite. */
export function sample(model: TextModel, options: SampleOptions = {}): string {
  if (options.length === Number.POSITIVE_INFINITY) {
    throw new InvalidValueError("length: expected a finite number, got Infinity; use generate for an endless stream");
  }
  let text = "";
  for (const piece of generate(model, options)) text += piece;
  return text;
}

/** Feeds the prime, or what stands for it, and draws what follows. */
function* continuation(
  model: TextModel,
  prime: Uint32Array,
  length: number,
  settings: SamplingSettings,
  random: RandomStream,
): Generator<string, void, void> {
  const { engine, vocabulary } = model;
  const newline = endOfLine(model);
  if (newline !== undefined) {
    yield* drawLines(model, length, settings, random, prime, length === Number.POSITIVE_INFINITY ? length : 1);
    return;
  }
  engine.resetSampler();
  for (const token of prime) engine.samplerStep(token);
  if (prime.length > 0 || vocabulary.newline !== undefined) {
    if (prime.length === 0) engine.samplerStep(vocabulary.newline as number);
    yield* drawText(model, length, settings, random, prime.length > 0);
    return;
  }
  // without line breaks any token may begin: then it is part of the text
  if (length === 0) return;
  const start = Math.floor(random.nextUnit() * vocabulary.size);
  engine.samplerStep(start);
  yield* drawTextFrom(model, start, length, settings, random);
}

/** The token that begins and ends every example of a model of lines; undefined for other models. */
export function endOfLine({ recipe, vocabulary }: TextModel): number | undefined {
  return recipe.examples === "lines" ? vocabulary.newline : undefined;
}

/**
 * Text from the sampler's present state on, token by token; `continues` says that it follows other text. Bytes that do not
 * complete a character come with those that do.
 */
export function* drawText(
  { engine, vocabulary }: TextModel,
  length: number,
  settings: SamplingSettings,
  random: RandomStream,
  continues = false,
): Generator<string, void, void> {
  const writer = new TokenWriter(vocabulary, continues);
  for (const token of drawTokens(engine, length, settings, random)) {
    const piece = writer.write(token);
    if (piece !== "") yield piece;
  }
  const rest = writer.end();
  if (rest !== "") yield rest;
}

/** `length` tokens, at least 1, the first of them one that the sampler has read already. */
export function* drawTextFrom(
  model: TextModel,
  start: number,
  length: number,
  settings: SamplingSettings,
  random: RandomStream,
): Generator<string, void, void> {
  const owns = claimSampler(model.engine);
  yield model.vocabulary.tokenText(start);
  owns();
  yield* drawText(model, length - 1, settings, random, true);
}

/**
 * `length` tokens of at most `lines` lines of a model of lines, the first of them after a prime, with line breaks between. With
 * `longest` it is lines that are cut, after so many tokens, and not the last one where the length ends.
 */
export function* drawLines(
  model: TextModel,
  length: number,
  settings: SamplingSettings,
  random: RandomStream,
  prime: Iterable<number> = [],
  lines = Number.POSITIVE_INFINITY,
  longest?: number,
): Generator<string, void, void> {
  const { engine, vocabulary } = model;
  const newline = endOfLine(model) as number;
  const owns = claimSampler(engine);
  let left = length;
  for (let line = 0; line < lines && left > 0; line++) {
    owns();
    const writer = new TokenWriter(vocabulary);
    engine.resetSampler();
    engine.samplerStep(newline);
    if (line === 0) for (const token of prime) engine.samplerStep(token);
    for (const token of drawTokens(engine, longest ?? left, settings, random, owns)) {
      left--;
      if (token === newline) break;
      const piece = writer.write(token);
      if (piece !== "") yield piece;
    }
    const end = writer.end() + (line + 1 < lines && left > 0 ? "\n" : "");
    if (end !== "") yield end;
  }
}

/** Tokens after which a line that does not end is cut, where nobody says otherwise. */
export const LONGEST_LINE = 50;

const owners = new WeakMap<SamplingEngine, symbol>();

/** A sample cannot go on: its model's one sampler went to another, or the model was trained meanwhile. */
export class SamplerTakenError extends Error implements CodedError {
  override readonly name = "SamplerTakenError";
  readonly code = "ERR_SAMPLER_TAKEN" satisfies ErrorCode;
}

/**
 * Takes an engine's one sampler, whoever had it. The function returned throws a SamplerTakenError once somebody else has it.
 */
export function claimSampler(engine: SamplingEngine): () => void {
  const owner = Symbol("sampler");
  owners.set(engine, owner);
  return () => {
    if (owners.get(engine) === owner) return;
    throw new SamplerTakenError("sampler: another sample was started on this model; finish one before the next");
  };
}

/** Draws tokens from the sampler's present state on, feeding back all but the last; `owns` is of who has claimed it already. */
export function* drawTokens(
  engine: SamplingEngine,
  length: number,
  settings: SamplingSettings,
  random: RandomStream,
  owns = claimSampler(engine),
): Generator<number, void, void> {
  const picker = new TokenPicker(settings);
  let last: number | undefined;
  for (let i = 0; i < length; i++) {
    owns(); // before the step: it would go into the sample of whoever has the sampler by now
    last = picker.pick(engine, random, last);
    yield last;
  }
}
