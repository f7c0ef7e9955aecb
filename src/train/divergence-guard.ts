import { naturalLogarithm } from "../../assembly/kernels/portable-math.ts";
import { DivergenceError } from "./divergence.ts";
import type { StepReport, Trainer, TrainerState } from "./trainer.ts";

/** Steps from one good state that is kept to the next; below this, states after 1, 2, 4, 8 … steps are kept. */
const EVERY = 100;
/** Halvings of the rate after which a run is given up: a millionth of it is left. */
const MOST_ROLLBACKS = 20;

/** A divergence, and the steps that were left after going back. */
export interface Rollback {
  /** What had happened. */
  readonly error: DivergenceError;
  /** The trainer's steps after going back. */
  readonly steps: number;
}

/** What the guard remembers. */
export interface GuardState {
  /** All so far. */
  readonly rollbacks: number;
  /** Those to the present good state. */
  readonly attempts: number;
  /** The learning rate of the last step. */
  readonly lastRate: number;
  /** The trainer's last good state. */
  readonly state: TrainerState;
}

/**
 * Takes a trainer's steps and keeps its last good state: one from which a step gave finite gradients and a loss that is not
 * far above guessing's. When training diverges the trainer is put back there, and either the error goes on to the caller
 * ("stop"), or the learning rate is halved and the steps go on ("rollback").
 */
export class DivergenceGuard {
  /** The last rollback that nobody has looked at yet. */
  private rolledBack: Rollback | undefined;
  private good: TrainerState;
  private rollbacks = 0;
  /** Rollbacks to the present good state. */
  private attempts = 0;
  /** A loss above this, twice that of guessing, is no good state's, finite or not: the parameters are on their way out. */
  private readonly tolerable: number;
  /** Of the last step. */
  private lastRate = 0;

  constructor(
    private readonly trainer: Trainer,
    private readonly onNan: "stop" | "rollback" = "stop",
  ) {
    this.good = trainer.captureState();
    this.tolerable = 2 * naturalLogarithm(trainer.model.vocabulary.size);
  }

  /** A step. Throws the trainer's DivergenceError, with the trainer at its last good state. */
  step(): StepReport {
    const { trainer } = this;
    const { steps } = trainer;
    const due = steps % EVERY === 0 || (steps < EVERY && (steps & (steps - 1)) === 0);
    const candidate = due && steps > this.good.steps ? trainer.captureState() : undefined;
    try {
      const report = trainer.step();
      this.lastRate = report.learningRate;
      if (candidate !== undefined && report.loss <= this.tolerable) {
        this.good = candidate;
        this.attempts = 0;
      }
      return report;
    } catch (error) {
      if (!(error instanceof DivergenceError)) throw error;
      this.goBack(error);
      return this.step();
    }
  }

  /**
   * Whether the last step left parameters that are numbers, which no later step will tell of a run that ends here. If it did
   * not, goes back as `step` does: throws, or is ready for steps at half the rate.
   */
  confirm(): boolean {
    const { engine } = this.trainer.model;
    const parameters = engine.tensors.filter(({ role }) => role === "parameter");
    if (parameters.every(({ name }) => engine.readTensor(name).every(Number.isFinite))) return true;
    this.reject("update");
    return false;
  }

  /** Says that the last step left something that is no finite number. Goes back as `step` does. */
  reject(what: DivergenceError["what"]): void {
    const { steps, model } = this.trainer;
    this.goBack(new DivergenceError(steps, what, model.recipe, this.lastRate));
  }

  /** What the next steps of a run that may go back depend on; undefined of one that would stop. */
  capture(): GuardState | undefined {
    if (this.onNan === "stop") return undefined;
    const { rollbacks, attempts, lastRate, good } = this;
    return { rollbacks, attempts, lastRate, state: good };
  }

  /** Goes on from what was captured. */
  resume({ rollbacks, attempts, lastRate, state }: GuardState): void {
    this.rollbacks = rollbacks;
    this.attempts = attempts;
    this.lastRate = lastRate;
    this.good = state;
  }

  /** Puts the trainer back to its last good state, where something else than its own steps went wrong. */
  restore(): void {
    this.trainer.restoreState(this.good);
  }

  /** The last rollback since the last call, if there was one. */
  takeRollback(): Rollback | undefined {
    const rollback = this.rolledBack;
    this.rolledBack = undefined;
    return rollback;
  }

  /** Puts the trainer back to its last good state. Throws the error where the run is to end with it. */
  private goBack(error: DivergenceError): void {
    const { trainer } = this;
    trainer.restoreState(this.good);
    if (this.onNan === "stop" || ++this.rollbacks > MOST_ROLLBACKS) throw error;
    this.attempts++;
    for (let i = 0; i < this.attempts; i++) trainer.halveRate(); // the good state's rate came back with it
    this.rolledBack = { error, steps: trainer.steps };
  }
}
