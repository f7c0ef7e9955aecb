import type { Trainer, TrainerState } from "./trainer.ts";

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

  get exhausted(): boolean {
    return this.looksSince >= this.patience;
  }

  /** Puts the trainer back to where the loss was least, if there was any. */
  restoreBest(): void {
    if (this.state !== undefined) this.trainer.restoreState(this.state);
  }
}
