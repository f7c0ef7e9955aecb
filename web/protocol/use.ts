/** Using the model: writing on from a prompt, what it expects next, how surprising a text is to it. */

import type { Passage, SamplingSettings, Score } from "../../src/index.ts";

export interface WritingWish {
  readonly prompt: string;
  readonly settings: SamplingSettings;
  /** Tokens to draw at most. */
  readonly length: number;
  readonly seed: number;
}

/** A token that may come next. */
export interface NextToken {
  readonly token: string;
  /** What it adds to the text: a word with a space before it; nothing of a byte that completes no character. */
  readonly adds: string;
  /** At the temperature that was asked for, before top-k and top-p. */
  readonly probability: number;
  /** Whether top-k and top-p leave it among those that are drawn from. */
  readonly kept: boolean;
}

export interface Expectation {
  readonly step: number;
  /** The likeliest first. */
  readonly next: readonly NextToken[];
  /** Distinct tokens of the text that the model does not know, which were left out. */
  readonly unknown: readonly string[];
}

/** A text with the model's surprise at each of its tokens. */
export interface SurpriseMap {
  readonly step: number;
  readonly score: Score;
  /** What the model starts from and is not scored: the first token of a continuous text. */
  readonly opening: string;
  /** The text of each scored token; empty of a byte that does not yet complete a character. */
  readonly pieces: readonly string[];
  /** Nats of each scored token. */
  readonly nats: Float32Array;
  /** Its most surprising passages, of `pieces`. */
  readonly passages: readonly Passage[];
  readonly unknown: readonly string[];
}

export interface UseCalls {
  /** Writes on from a prompt; "written" events tell of it as it goes. Another such call, or `stopWriting`, ends it where it is. */
  write: { argument: WritingWish; result: { readonly text: string; readonly unknown: readonly string[] } };
  stopWriting: { argument: undefined; result: undefined };
  expectNext: { argument: { readonly text: string; readonly settings: SamplingSettings }; result: Expectation };
  surprise: { argument: { readonly text: string }; result: SurpriseMap };
}

export interface UseEvents {
  /** What has been written so far of the present call. */
  written: string;
}
