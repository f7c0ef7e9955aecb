/** The run: what is trained on what, how it stands, and what a visitor may do with it. */

import type { Recipe } from "../../src/index.ts";

/** The texts that come with the page. */
export const CORPORA = ["sonnets", "dinosaurs"] as const;
export type CorpusName = (typeof CORPORA)[number];

/** Where a text comes from. */
export type TextSource =
  | { readonly kind: "builtin"; readonly name: CorpusName }
  | { readonly kind: "pasted"; readonly text: string }
  | { readonly kind: "file"; readonly file: File };

/** A text that the worker has read and keeps. */
export interface TextSummary {
  readonly name: string;
  /** The corpus that comes with the page, if it is one. */
  readonly builtin?: CorpusName;
  /** Code points. */
  readonly characters: number;
  readonly distinctCharacters: number;
  /** How it begins. */
  readonly excerpt: string;
}

/** A run as a visitor asks for it: of the text that was read last. */
export interface RunPlan {
  /** Fields that differ from min-char-rnn's. */
  readonly recipe: Partial<Recipe>;
  /** Steps after which it ends. */
  readonly target: number;
  readonly temperature: number;
  /** Changes to be made on the way, as a shared run had them. */
  readonly changes?: readonly PlannedChange[];
  /** What a shared run came to, to be compared. */
  readonly expected?: ExpectedHash;
}

/** Fields of the recipe that are changed after a step. */
export interface PlannedChange {
  readonly step: number;
  readonly fields: Partial<Recipe>;
}

export interface ExpectedHash {
  readonly step: number;
  /** SHA-256 of all parameters, in hexadecimal. */
  readonly hash: string;
}

/** The parameters' hash of a shared run at a step, and this run's. */
export interface Agreement {
  readonly step: number;
  readonly expected: string;
  readonly got: string;
}

/** What a plan would cost, before anything is allocated. */
export interface Estimate {
  readonly memoryBytes: number;
  /** Of one step on a typical machine. */
  readonly secondsOfStep: number;
  readonly tokensOfStep: number;
  /** Steps of one pass over the text. */
  readonly stepsOfEpoch: number;
}

export interface ModelSummary {
  /** What it was trained on, or the file that it came from. */
  readonly name: string;
  readonly builtin?: CorpusName;
  readonly recipe: Recipe;
  readonly vocabularySize: number;
  readonly parameters: number;
  /** Of the last step, or of a loaded model. */
  readonly threads: number;
  /** Why there is one thread, where more were asked for and cannot be had. */
  readonly whyOneThread?: string;
  /** Whether there is a text to go on training with. */
  readonly trainable: boolean;
}

export type Phase = "empty" | "paused" | "running" | "done" | "failed";

export interface Status {
  readonly phase: Phase;
  readonly model?: ModelSummary;
  readonly step: number;
  readonly target: number;
  /** Passes over the text. */
  readonly epoch: number;
  /** Nats per token, as all losses here; NaN before the first step. */
  readonly loss: number;
  readonly smoothLoss: number;
  readonly validationLoss?: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  readonly clipValue: number;
  readonly temperature: number;
  readonly tokensPerSecond: number;
  /** Until the target, at the present speed. */
  readonly secondsLeft?: number;
  /** The step of the copy that survives a closed tab. */
  readonly savedStep?: number;
  /** Why nothing is saved, where the browser gives no place. */
  readonly whyNotSaved?: string;
  /** One line on a run that goes on but does not learn. */
  readonly warning?: string;
  /** One line on what went wrong. */
  readonly failure?: string;
  /** What a shared run came to, of one that is to come to the same. */
  readonly expected?: ExpectedHash;
  /** How the parameters' hash compares with it, once its step is reached. */
  readonly agreement?: Agreement;
}

/** Curves over steps, thinned to some hundreds of points; each point is the mean of its steps. */
export interface Curves {
  readonly steps: Float64Array;
  readonly loss: Float64Array;
  readonly gradientNorm: Float64Array;
  readonly tokensPerSecond: Float64Array;
  readonly validationSteps: Float64Array;
  readonly validationLoss: Float64Array;
  /** Nats of guessing, log V. */
  readonly guess: number;
}

export interface SampleShown {
  readonly step: number;
  readonly smoothLoss: number;
  readonly text: string;
}

export interface RunCalls {
  /** Reads a text, to be what the next run is of. */
  readText: { argument: TextSource; result: TextSummary };
  /** The text that was read last, by this visit or the one whose run it took up. */
  chosenText: { argument: undefined; result: TextSummary | undefined };
  estimate: { argument: { readonly recipe: Partial<Recipe> }; result: Estimate };
  /** Begins anew, paused, with the text that was read last. */
  begin: { argument: RunPlan; result: Status };
  /** Trains until paused, or until the target, which moves on once it is reached. */
  goOn: { argument: undefined; result: Status };
  pause: { argument: undefined; result: Status };
  /** One step. */
  stepOnce: { argument: undefined; result: Status };
  change: {
    argument: { readonly learningRate?: number; readonly clipValue?: number; readonly temperature?: number };
    result: Status;
  };
  /** Forgets the run and what was saved of it. */
  reset: { argument: undefined; result: Status };
  status: { argument: undefined; result: Status };
  /** Takes up what an earlier visit left, paused. */
  restore: { argument: undefined; result: Status };
}

export interface RunEvents {
  status: Status;
  curves: Curves;
  /** All samples so far, the latest last. */
  samples: readonly SampleShown[];
}
