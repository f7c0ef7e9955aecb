/** What a training run tells the user, in whatever form. */

import type { DivergenceError } from "../train/divergence.ts";
import type { StepReport, Trainer } from "../train/trainer.ts";
import type { RunEstimate } from "./training-estimate.ts";

/** How far a run has come. Losses are in nats per token. */
export interface RunProgress {
  readonly report: StepReport;
  readonly validationLoss: number | undefined;
  readonly tokensPerSecond: number;
  /** The last step, if the run ends by steps. */
  readonly lastStep: number | undefined;
  /** Undefined where the end cannot be foreseen. */
  readonly secondsLeft: number | undefined;
}

/** How a run ended. */
export interface RunSummary {
  readonly report: StepReport;
  readonly trainer: Trainer;
  readonly finished: boolean;
  /** Steps that were taken before, where a run was resumed. */
  readonly stepsBefore: number;
  readonly seconds: number;
  /** Tokens that it learnt from. */
  readonly tokens: number;
  readonly validationLoss: number | undefined;
  readonly trainLoss: number | undefined;
  /** Of early stopping: what was put back. */
  readonly best: { readonly step: number; readonly loss: number } | undefined;
  /** Where the model went. */
  readonly saved: string;
  /** What it takes, in bytes. */
  readonly savedBytes: number;
}

export interface RunDisplay {
  /** Milliseconds from one call of `progress` to the next. */
  readonly progressGap: number;
  /**
   * Before the first step. `wantedSequence` is the sequence length that was asked for; the estimate was made before anything was
   * allocated, and is undefined where none could be.
   */
  introduce(trainer: Trainer, corpus: string, wantedSequence: number, estimate: RunEstimate | undefined): void;
  progress(progress: RunProgress): void;
  /** Resolves when more may be shown. */
  sample(text: string, report: StepReport, validationLoss: number | undefined): Promise<void>;
  /** Something that happened after a step. */
  note(text: string, report: StepReport): void;
  /** The same where something went wrong: said whatever else is kept quiet. */
  warn(text: string, report: StepReport): void;
  /** The run ends with this error, of which the user is told elsewhere. */
  diverged(error: DivergenceError): void;
  /** After the last step, before the model is saved. */
  endProgress(): void;
  /** Of a run that had come to its end before it was taken up. */
  nothingToDo(file: string, report: StepReport): void;
  conclude(summary: RunSummary): void;
}
