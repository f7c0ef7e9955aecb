/** A run saves itself: when, and what is said when it cannot. That is no reason to stop, but one to say so, once. */

import { FileError } from "../data/files.ts";
import { FormatError } from "../formats/safetensors.ts";
import type { StepReport } from "../train/trainer.ts";
import type { Interval } from "./arguments.ts";
import type { ModelWriter } from "./model-writer.ts";
import type { RunDisplay } from "./run-display.ts";

export class Checkpoints {
  private lastTime = performance.now();
  /** Why the last one could not be written; undefined if it was. */
  private failure: string | undefined;

  constructor(
    private readonly every: Interval,
    private readonly writer: ModelWriter,
    private readonly display: RunDisplay,
  ) {}

  /** Says that the run begins, which the first interval of time is counted from. */
  begin(): void {
    this.lastTime = performance.now();
  }

  isDue(step: number): boolean {
    const { every } = this;
    if ("steps" in every) return every.steps > 0 && step % every.steps === 0;
    return performance.now() - this.lastTime >= 1000 * every.seconds;
  }

  write(makeBytes: () => Uint8Array, report: StepReport): void {
    this.save(() => this.writer.write(makeBytes(), report.step), report);
    this.lastTime = performance.now();
  }

  /** Writes the best model, where the run keeps it. */
  writeBest(makeBytes: () => Uint8Array, report: StepReport): void {
    if (this.writer.keepsBest) this.save(() => this.writer.writeBest(makeBytes()), report);
  }

  private save(write: () => void, report: StepReport): void {
    let failure: string | undefined;
    try {
      write();
    } catch (error) {
      if (error instanceof FormatError) return; // weights that are no numbers: the next step says so
      if (!(error instanceof FileError)) throw error;
      failure = error.message;
    }
    if (failure !== undefined && failure !== this.failure) {
      this.display.warn(`Could not save: ${failure}. Training goes on; what was saved before stands.`, report);
    } else if (failure === undefined && this.failure !== undefined) {
      this.display.note("Saving works again.", report);
    }
    this.failure = failure;
  }
}
