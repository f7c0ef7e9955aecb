import type { Trainer, TrainerState } from "./trainer.ts";

/** What early stopping remembers. */
export interface EarlyStoppingState {
  /** The least loss so far, in nats per token; Infinity before the first look. */
  readonly best: number;
  /** The step of the best. */
  readonly bestStep: number;
  /** Looks since the best. */
  readonly looksSince: number;
  /** The trainer's at its best; undefined before the first look. */
  readonly state: TrainerState | undefined;
}

/** Watches a validation loss: keeps the trainer's state at its least value, and says when it has not fallen for long enough. */
export class EarlyStopping {
  /** The least loss so far, in nats per token. */
  best = Number.POSITIVE_INFINITY;
  /** The step of the best. */
  bestStep = 0;
  private looksSince = 0;
  private state: TrainerState | undefined;

  /** `patience` is how many looks in a row may bring no lower loss. */
  constructor(
    private readonly trainer: Trainer,
    /** As it was given. */
    readonly patience: number,
  ) {}

  /** Takes in the validation loss of the trainer as it stands. */
  look(loss: number): void {
    if (loss < this.best) {
      this.best = loss;
      this.bestStep = this.trainer.steps;
      this.looksSince = 0;
      this.state = this.trainer.captureState();
    } else {
      this.looksSince++;
    }
  }

  /** Whether the loss has not fallen for as many looks as there is patience. */
  get exhausted(): boolean {
    return this.looksSince >= this.patience;
  }

  /** All that later looks depend on. */
  capture(): EarlyStoppingState {
    const { best, bestStep, looksSince, state } = this;
    return { best, bestStep, looksSince, state };
  }

  /** Goes on from what was captured. */
  resume({ best, bestStep, looksSince, state }: EarlyStoppingState): void {
    this.best = best;
    this.bestStep = bestStep;
    this.looksSince = looksSince;
    this.state = state;
  }

  /** Puts the trainer back to where the loss was least, if there was any. */
  restoreBest(): void {
    if (this.state !== undefined) this.trainer.restoreState(this.state);
  }
}
