/** Drawing text from a model, one token at a time. */

import type { Engine, FloatArray } from "../core/engine.ts";
import { checkWholeNumber } from "../core/engine.ts";
import { RANDOM_STREAMS, RandomStream } from "../core/random.ts";
import type { LanguageModel } from "../model/language-model.ts";

export interface SampleOptions {
  /** Text to go on from; it is not part of the result. Without it the model starts as after a line break. */
  readonly prime?: string;
  /** Tokens to draw, Infinity for an endless stream; 500 if left out. */
  readonly length?: number;
  /** 1 draws from the model's own distribution, less is more cautious, 0 always takes the likeliest; 1 if left out. */
  readonly temperature?: number;
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
  const { prime = "", length = 500, temperature = 1, seed = 1, unknown = "error" } = options;
  if (length !== Number.POSITIVE_INFINITY) checkWholeNumber("length", length, 0, Number.MAX_SAFE_INTEGER);
  checkTemperature("temperature", temperature);
  checkWholeNumber("seed", seed, 0, Number.MAX_SAFE_INTEGER);
  const primeTokens = vocabulary.encode(unknown === "skip" ? vocabulary.withoutUnknown(prime) : prime, "prime");

  const random = new RandomStream(seed, RANDOM_STREAMS.samples);
  engine.resetSampler();
  let left = length;
  if (primeTokens.length > 0) {
    for (const token of primeTokens) engine.samplerStep(token);
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
  for (const token of drawTokens(engine, left, temperature, random)) yield vocabulary.tokens[token] as string;
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

/** Throws a RangeError unless `value` is 0 or a temperature that float32 can divide by. */
export function checkTemperature(name: string, value: number): void {
  if (value === 0 || (value >= 0.001 && value <= 1000)) return;
  throw new RangeError(
    `${name}: expected 0 (always the likeliest) or a number from 0.001 to 1000, got ${String(value)}`,
  );
}

const owners = new WeakMap<Engine, RandomStream>();

/** Draws tokens from the sampler's present state on, feeding each back. */
export function* drawTokens(
  engine: Engine,
  length: number,
  temperature: number,
  random: RandomStream,
): Generator<number, void, void> {
  owners.set(engine, random);
  for (let i = 0; i < length; i++) {
    if (owners.get(engine) !== random) {
      throw new Error("sampler: another sample was started on this model; finish one before the next");
    }
    const token =
      temperature === 0
        ? likeliest(engine.samplerLogits())
        : draw(engine.samplerProbabilities(temperature), random.nextUnit());
    yield token;
    engine.samplerStep(token);
  }
}

/** The index of the largest value, the first of several. */
function likeliest(values: FloatArray): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** The first index at which the cumulative probability exceeds `unit` of the whole. */
function draw(probabilities: FloatArray, unit: number): number {
  let total = 0;
  for (let i = 0; i < probabilities.length; i++) total += probabilities[i]!;
  let left = unit * total;
  let last = 0;
  for (let i = 0; i < probabilities.length; i++) {
    if (probabilities[i]! === 0) continue;
    last = i;
    left -= probabilities[i]!;
    if (left < 0) break;
  }
  return last;
}
