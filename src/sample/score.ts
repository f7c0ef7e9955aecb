/** How surprising a text is to a model: the negative logarithm of each character's probability, after those before it. */

import { naturalLogarithm } from "../../assembly/kernels/portable-math.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { claimSampler } from "./sampler.ts";

/** One character of a text, and what the model thought of it. */
export interface ScoredCharacter {
  readonly character: string;
  /** -log of its probability. */
  readonly nats: number;
}

/** A text as a whole. The first character has nothing before it and is not counted. */
export interface Score {
  readonly characters: number;
  /** The sum over all characters. */
  readonly nats: number;
  readonly natsPerCharacter: number;
  readonly bitsPerCharacter: number;
  /** e to the nats per character: among how many equally likely characters the model felt it chose. */
  readonly perplexity: number;
}

/**
 * The second character of a text and all that follow, with their surprise; the model reads the first from a zero state. Uses
 * the model's one sampler. Throws an UnknownCharacterError, or a RangeError for a text of less than two characters.
 */
export function* scoreCharacters(
  { engine, vocabulary }: LanguageModel,
  text: string,
): Generator<ScoredCharacter, void, void> {
  const tokens = vocabulary.encode(text);
  if (tokens.length < 2) throw new RangeError(`text: expected at least 2 characters, got ${tokens.length}`);
  const owns = claimSampler(engine);
  engine.resetSampler();
  for (let i = 0; i + 1 < tokens.length; i++) {
    owns();
    engine.samplerStep(tokens[i]!);
    const logits = engine.samplerLogits();
    const target = tokens[i + 1]!;
    let largest = 0;
    for (let j = 1; j < logits.length; j++) if (logits[j]! > logits[largest]!) largest = j;
    const gap = logits[largest]! - logits[target]!;
    // -log p = gap - log p_max; p itself may be too small for a float
    const nats = gap - naturalLogarithm(engine.samplerProbabilities(1)[largest]!);
    yield { character: vocabulary.tokens[target] as string, nats };
  }
}

/** The score of a whole text: `scoreCharacters`, summed. */
export function score(model: LanguageModel, text: string): Score {
  let nats = 0;
  let characters = 0;
  for (const scored of scoreCharacters(model, text)) {
    nats += scored.nats;
    characters++;
  }
  return summarize(nats, characters);
}

/** A score from the sum over its characters, at least one. */
export function summarize(nats: number, characters: number): Score {
  const natsPerCharacter = nats / characters;
  return {
    characters,
    nats,
    natsPerCharacter,
    bitsPerCharacter: natsPerCharacter / Math.LN2,
    perplexity: Math.exp(natsPerCharacter),
  };
}
