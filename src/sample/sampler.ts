/** Drawing text from a model, one token at a time. */

import { checkWholeNumber, type Engine } from "../core/engine.ts";
import { RANDOM_STREAMS, RandomStream } from "../core/random.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { untilStop } from "./stop-strings.ts";
import { checkSampling, type SamplingSettings, TokenPicker } from "./token-picker.ts";

export interface SampleOptions extends SamplingSettings {
  /** Text to go on from; it is not part of the result. Without it the model starts as after a line break. */
  readonly prime?: string;
  /** Tokens to draw, Infinity for an endless stream; 500 if left out. */
  readonly length?: number;
  /** Texts before the first of which the sample ends. */
  readonly stop?: readonly string[];
  /** A whole number from 0 to 2⁵³ - 1: the same seed, the same text; 1 if left out. */
  readonly seed?: number;
  /** What to do with characters of the prime that the model does not know; "error" if left out. */
  readonly unknown?: "error" | "skip";
}

/**
 * The characters that follow the prime, one by one. A model has one sampler: starting another ends this one with an Error.
 * Throws an UnknownCharacterError or a RangeError at the first `next` for options that do not fit.
 */
export function* generate(model: LanguageModel, options: SampleOptions = {}): Generator<string, void, void> {
  const { engine, vocabulary } = model;
  const { prime = "", length = 500, seed = 1, unknown = "error", stop = [] } = options;
  if (length !== Number.POSITIVE_INFINITY) checkWholeNumber("length", length, 0, Number.MAX_SAFE_INTEGER);
  checkSampling(options);
  if (stop.includes("")) throw new RangeError("stop: expected texts of at least 1 character, got an empty one");
  checkWholeNumber("seed", seed, 0, Number.MAX_SAFE_INTEGER);
  const primeTokens = vocabulary.encode(unknown === "skip" ? vocabulary.withoutUnknown(prime) : prime, "prime");

  const random = new RandomStream(seed, RANDOM_STREAMS.samples);
  engine.resetSampler();
  yield* untilStop(continuation(model, primeTokens, length, options, random), stop);
}

/** Feeds the prime, or what stands for it, and draws what follows. */
function* continuation(
  { engine, vocabulary }: LanguageModel,
  prime: Uint32Array,
  length: number,
  settings: SamplingSettings,
  random: RandomStream,
): Generator<string, void, void> {
  let left = length;
  if (prime.length > 0) {
    for (const token of prime) engine.samplerStep(token);
  } else {
    const newline = vocabulary.indexOf("\n");
    // without line breaks any character may begin: then it is part of the text
    const start = newline ?? Math.floor(random.nextUnit() * vocabulary.size);
    engine.samplerStep(start);
    if (newline === undefined && left > 0) {
      left--;
      yield vocabulary.tokens[start] as string;
    }
  }
  for (const token of drawTokens(engine, left, settings, random)) yield vocabulary.tokens[token] as string;
}

/** The text that follows the prime: `generate`, joined. `length` must be finite. */
export function sample(model: LanguageModel, options: SampleOptions = {}): string {
  if (options.length === Number.POSITIVE_INFINITY) {
    throw new RangeError("length: expected a finite number, got Infinity; use generate for an endless stream");
  }
  let text = "";
  for (const character of generate(model, options)) text += character;
  return text;
}

const owners = new WeakMap<Engine, symbol>();

/**
 * Takes an engine's one sampler, whoever had it. The function returned throws an Error once somebody else has taken it.
 */
export function claimSampler(engine: Engine): () => void {
  const owner = Symbol("sampler");
  owners.set(engine, owner);
  return () => {
    if (owners.get(engine) === owner) return;
    throw new Error("sampler: another sample was started on this model; finish one before the next");
  };
}

/** Draws tokens from the sampler's present state on, feeding each back. */
export function* drawTokens(
  engine: Engine,
  length: number,
  settings: SamplingSettings,
  random: RandomStream,
): Generator<number, void, void> {
  const picker = new TokenPicker(settings);
  const owns = claimSampler(engine);
  for (let i = 0; i < length; i++) {
    owns();
    const token = picker.pick(engine, random);
    yield token;
    engine.samplerStep(token);
  }
}
