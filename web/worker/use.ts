/** Answers to the calls of protocol/use.ts. */

import {
  encodeText,
  filterProbabilities,
  generateAsync,
  type LanguageModel,
  type SamplingSettings,
  type ScoredToken,
  scoreTokens,
  summarizeScore,
  surprisingPassages,
  TextReader,
  TokenWriter,
  unknownTokens,
  type Vocabulary,
} from "../../src/index.ts";
import type { Handlers } from "../protocol/protocol.ts";
import type { NextToken, SurpriseMap, UseCalls } from "../protocol/use.ts";
import { stepsOf } from "./neurons.ts";
import type { Session } from "./session.ts";
import { collect } from "./turns.ts";

/** Milliseconds between two tellings of what has been written. */
const TELL_EVERY = 40;
/** Tokens that are named of what may come next. */
const NAMED = 12;

export function useHandlers(session: Session): Handlers<UseCalls> {
  let writing = new AbortController();
  let expecting = new AbortController();
  let scoring = new AbortController();

  return {
    write: ({ prompt, settings, length, seed }) => {
      writing.abort();
      writing = new AbortController();
      const { signal } = writing;
      return session.look(async () => {
        const model = session.requireModel();
        const options = { ...settings, prime: prompt, length, seed, unknown: "skip" } as const;
        let text = "";
        let told = performance.now();
        for await (const piece of generateAsync(model, options)) {
          text += piece;
          if (signal.aborted) break;
          if (performance.now() - told < TELL_EVERY) continue;
          told = performance.now();
          session.emit("written", text);
        }
        return { text, unknown: unknownTokens(model, prompt) };
      });
    },
    stopWriting: () => {
      writing.abort();
      return undefined;
    },
    expectNext: ({ text, settings }) => {
      expecting.abort(superseded());
      expecting = new AbortController();
      const { signal } = expecting;
      return session.look(async () => {
        const model = session.requireModel();
        const next = await expectNext(model, text, settings, signal);
        return { step: stepsOf(session), next, unknown: unknownTokens(model, text) };
      });
    },
    surprise: ({ text }) => {
      scoring.abort(superseded());
      scoring = new AbortController();
      const { signal } = scoring;
      return session.look(async () => {
        const model = session.requireModel();
        return surpriseMap(model, text, stepsOf(session), signal);
      });
    },
  };
}

/** What ends a reading whose answer nobody waits for any more. */
function superseded(): Error {
  return new Error("text: another has been asked about");
}

/** The likeliest tokens after a text; a model of lines reads a line break first, as everywhere. */
async function expectNext(
  model: LanguageModel,
  text: string,
  settings: SamplingSettings,
  signal: AbortSignal,
): Promise<NextToken[]> {
  const { vocabulary, recipe } = model;
  signal.throwIfAborted();
  const reader = new TextReader(model);
  const newline = vocabulary.newline;
  const known = encodeText(model, text, "text", "skip");
  const opens = newline !== undefined && (recipe.examples === "lines" || known.length === 0);
  if (!opens && known.length === 0) return [];
  const tokens = opens ? [newline, ...known] : [...known];
  await collect(fed(reader, tokens), signal);
  const { temperature = 1 } = settings;
  // at 0 the likeliest is always taken: what is compared are the model's own probabilities
  const probabilities = reader.probabilities(temperature === 0 ? 1 : temperature);
  const filtered = filterProbabilities(probabilities.slice(), temperature === 0 ? { topK: 1 } : settings);
  const order = Array.from(probabilities, (_, index) => index);
  order.sort((a, b) => probabilities[b]! - probabilities[a]! || a - b);
  return order.slice(0, NAMED).map((index) => ({
    token: vocabulary.tokenText(index),
    adds: addition(vocabulary, index, text !== ""),
    probability: probabilities[index]!,
    kept: filtered[index]! > 0,
  }));
}

/** What a token adds to a text; of a byte that is no character by itself nothing, rather than a sign for what cannot be read. */
function addition(vocabulary: Vocabulary, index: number, continues: boolean): string {
  const added = new TokenWriter(vocabulary, continues).write(index);
  return vocabulary.unit === "byte" && added === "\ufffd" ? "" : added;
}

function* fed(reader: TextReader, tokens: readonly number[]): Generator<void, void, void> {
  for (const token of tokens) {
    reader.feedToken(token);
    yield;
  }
}

async function surpriseMap(
  model: LanguageModel,
  text: string,
  step: number,
  signal: AbortSignal,
): Promise<SurpriseMap> {
  signal.throwIfAborted();
  const scored = await collect(scoreTokens(model, text, "skip"), signal);
  const total = scored.reduce((sum, { nats }) => sum + nats, 0);
  const nats = Float32Array.from(scored, (token) => token.nats);
  const writer = new TokenWriter(model.vocabulary);
  const opening = openingOf(model, text, writer);
  const pieces = scored.map((token) => writer.write(indexOf(model, token)));
  return {
    step,
    score: summarizeScore(total, scored.length),
    opening,
    pieces,
    nats,
    passages: surprisingPassages(nats),
    unknown: unknownTokens(model, text),
  };
}

/** The first token, which has nothing before it that it could be expected from; of lines it is a line break that comes before. */
function openingOf(model: LanguageModel, text: string, writer: TokenWriter): string {
  if (model.recipe.examples === "lines" && model.vocabulary.newline !== undefined) return "";
  const [first] = encodeText(model, text, "text", "skip");
  return first === undefined ? "" : writer.write(first);
}

/** The index of a token by its text, which of a printable byte is the character. */
function indexOf({ vocabulary }: LanguageModel, { token }: ScoredToken): number {
  return vocabulary.indexOf(token) ?? token.charCodeAt(0);
}
