/** The loop of one training run: steps, samples, progress, log, and the ends. */

import { setImmediate as nextTurn } from "node:timers/promises";
import { EngineTrapError } from "../core/engine.ts";
import { ThreadLostError } from "../core/worker-team.ts";
import { type RunState, trainerToBytes } from "../train/checkpoint.ts";
import { DivergenceError } from "../train/divergence.ts";
import { DivergenceGuard } from "../train/divergence-guard.ts";
import { EarlyStopping } from "../train/early-stopping.ts";
import type { StepReport, Trainer, TrainerState } from "../train/trainer.ts";
import type { Interval } from "./arguments.ts";
import { Checkpoints } from "./checkpoints.ts";
import { counted, grouped } from "./format.ts";
import type { ModelWriter } from "./model-writer.ts";
import type { RunDisplay } from "./run-display.ts";
import type { RunLog } from "./run-log.ts";

/** What the loop needs besides the recipe. */
export interface RunSettings {
  readonly steps?: number | undefined;
  /** Seconds. */
  readonly time?: number | undefined;
  /** Of these, what the run has taken already. */
  readonly secondsBefore?: number | undefined;
  /** Passes over the text. */
  readonly epochs?: number | undefined;
  /** The run ends when the smooth loss falls below this. */
  readonly untilLoss?: number | undefined;
  /** The run ends after so many looks at the validation part without a lower loss. */
  readonly patience?: number | undefined;
  /** Steps. */
  readonly evalEvery: number;
  readonly sampleEvery?: Interval | undefined;
  readonly sampleLength: number;
  readonly temperature: number;
  readonly onNan: "stop" | "rollback";
  readonly quiet?: boolean | undefined;
  /** How often a checkpoint is written. */
  readonly checkpointEvery: Interval;
}

const DEFAULT_SAMPLE_STEPS = 100;
/** On a terminal, samples that nobody spaced out come at most this often, in milliseconds. */
const TERMINAL_SAMPLE_GAP = 2000;
/** Training hands the thread back this often, in milliseconds: for signals and output. */
const SLICE = 40;
/** The log is written at least this often, in milliseconds. */
const LOG_GAP = 1000;

export class TrainingRun {
  /** The last step's. */
  report: StepReport;
  /** Wall-clock time since the run was begun or taken up. */
  seconds = 0;
  exitCode = 0;
  /** What ended the run, if it diverged, lost a thread or the engine stopped; the trainer is then at its last good state. */
  failure: DivergenceError | ThreadLostError | EngineTrapError | undefined;
  /** The last validation loss, if there is anything to validate on. */
  validationLoss: number | undefined;
  /** The last mean over all training examples, if the schedule looked at it. */
  trainLoss: number | undefined;
  /** Tokens learnt from so far. */
  tokens = 0;
  readonly earlyStopping: EarlyStopping | undefined;

  private readonly guard: DivergenceGuard;
  private readonly checkpoints: Checkpoints;
  private readonly stepsToDo: number;
  private readonly secondsToDo: number;
  private readonly every: Interval;
  private readonly gap: number;
  private started = 0;
  private lastSample = Number.NEGATIVE_INFINITY;
  private lastSampleStep = Number.NEGATIVE_INFINITY;
  private lastProgress = 0;
  private lastFlush = 0;
  /** The least validation loss so far. */
  private best: { loss: number; step: number } | undefined;
  /** What a checkpoint goes on from, where the trainer has been put back to its best. */
  private last: TrainerState | undefined;
  private validatedStep = 0;
  /** Step and epoch at which this process took up the run. */
  private readonly from: { readonly step: number; readonly epoch: number };
  private speed = { at: 0, tokens: 0, tokensPerSecond: 0 };

  constructor(
    readonly trainer: Trainer,
    private readonly settings: RunSettings,
    private readonly display: RunDisplay,
    private readonly log: RunLog | undefined,
    writer: ModelWriter,
    resumed: RunState = {},
  ) {
    const { patience, time } = settings;
    this.stepsToDo = settings.steps ?? Number.POSITIVE_INFINITY;
    this.secondsToDo = time ?? Number.POSITIVE_INFINITY;
    this.every = settings.sampleEvery ?? { steps: DEFAULT_SAMPLE_STEPS };
    this.gap = settings.sampleEvery === undefined && process.stdout.isTTY === true ? TERMINAL_SAMPLE_GAP : 0;
    this.guard = new DivergenceGuard(trainer, settings.onNan);
    this.checkpoints = new Checkpoints(settings.checkpointEvery, writer, display);
    this.earlyStopping = patience === undefined ? undefined : new EarlyStopping(trainer, patience);
    if (resumed.guard !== undefined) this.guard.resume(resumed.guard);
    if (resumed.earlyStopping !== undefined) this.earlyStopping?.resume(resumed.earlyStopping);
    this.best = resumed.best;
    this.from = { step: trainer.steps, epoch: trainer.epoch };
    // what fell due after the step that was the last has been done
    this.validatedStep = trainer.steps;
    if (trainer.steps > 0) this.lastSampleStep = trainer.steps;
    this.report = {
      step: trainer.steps,
      epoch: trainer.epoch,
      loss: Number.NaN,
      smoothLoss: trainer.currentSmoothLoss,
      learningRate: trainer.model.recipe.learningRate,
      gradientNorm: 0,
      tokens: 0,
    };
  }

  /** Trains to the end, to an interruption or to a divergence; true at the end. */
  async complete(): Promise<boolean> {
    const interrupt = (signal: NodeJS.Signals) => {
      const code = signal === "SIGINT" ? 130 : 143;
      if (this.exitCode !== 0) process.exit(code);
      this.exitCode = code;
    };
    process.on("SIGINT", interrupt);
    process.on("SIGTERM", interrupt);
    this.started = performance.now();
    this.speed.at = this.started;
    this.checkpoints.begin();
    if (this.from.step > 0) this.lastSample = this.started;
    try {
      await this.steps();
      while (!this.guard.confirm() && this.exitCode === 0) {
        this.step();
        await this.steps();
      }
      // who interrupts does not wait for a look at the validation part
      if (this.validatedStep !== this.report.step && this.exitCode === 0) this.validate();
      this.standAtBest();
      if (this.exitCode === 0 && this.finalSampleIsNews()) await this.showSample();
    } catch (error) {
      const lost = error instanceof ThreadLostError || error instanceof EngineTrapError;
      if (lost) this.guard.restore();
      else if (!(error instanceof DivergenceError)) throw error;
      this.standAtBest();
      this.failure = error;
      this.exitCode = 1;
      if (lost) return false;
      this.log?.add({ diverged: error.message });
      this.display.diverged(error);
    } finally {
      process.off("SIGINT", interrupt);
      process.off("SIGTERM", interrupt);
      this.display.endProgress();
    }
    return this.exitCode === 0;
  }

  /** Whether the run had come to its end before it was taken up. */
  get alreadyEnded(): boolean {
    return this.secondsOfRun >= this.secondsToDo || this.stepsAreDone();
  }

  /** The step that the run goes on from. */
  get standsAt(): number {
    return this.last?.steps ?? this.trainer.steps;
  }

  /** The model, and all that the run goes on from. Throws a FormatError for weights that are not finite. */
  toBytes(): Uint8Array {
    const { trainer, last, guard, earlyStopping, best } = this;
    const { run } = trainer.provenance;
    // of a run that ends by time the time is part of where it stands
    if (run?.time !== undefined)
      trainer.provenance = { ...trainer.provenance, run: { ...run, seconds: this.secondsOfRun } };
    return trainerToBytes(trainer, { last, guard: guard.capture(), earlyStopping: earlyStopping?.capture(), best });
  }

  /** Puts the trainer back to the least validation loss, if that is what the run keeps. */
  private standAtBest(): void {
    if (this.earlyStopping === undefined) return;
    this.last = this.trainer.captureState();
    this.earlyStopping.restoreBest();
  }

  /** Steps until the run has ended or is interrupted. */
  private async steps(): Promise<void> {
    while (!this.ended() && this.exitCode === 0) {
      await this.slice();
      await nextTurn();
    }
  }

  private get secondsOfRun(): number {
    return (this.settings.secondsBefore ?? 0) + this.seconds;
  }

  private ended(): boolean {
    this.seconds = (performance.now() - this.started) / 1000;
    return this.secondsOfRun >= this.secondsToDo || this.stepsAreDone();
  }

  private stepsAreDone(): boolean {
    const { step, epoch, smoothLoss } = this.report;
    const { epochs = Number.POSITIVE_INFINITY, untilLoss = Number.NEGATIVE_INFINITY } = this.settings;
    const exhausted = this.earlyStopping?.exhausted === true;
    return step >= this.stepsToDo || epoch >= epochs || (step > 0 && smoothLoss < untilLoss) || exhausted;
  }

  /** Steps for a few milliseconds, samples where they fall due. */
  private async slice(): Promise<void> {
    const end = performance.now() + SLICE;
    do {
      if (this.sampleIsDue()) await this.showSample();
      this.step();
      if (this.checkpoints.isDue(this.report.step)) this.writeCheckpoint();
    } while (!this.stepsAreDone() && performance.now() < end);
    this.measureSpeed();
    this.showProgress();
    if (performance.now() - this.lastFlush < LOG_GAP) return;
    this.lastFlush = performance.now();
    this.flushLog();
  }

  /** A log that cannot be written is no reason to stop, but one to say so. */
  private flushLog(): void {
    if (this.log === undefined || this.log.failure !== undefined) return;
    this.log.flush();
    const { failure } = this.log as RunLog;
    if (failure !== undefined)
      this.display.note(`The log goes no further: ${(failure as Error).message}.`, this.report);
  }

  private writeCheckpoint(): void {
    if (this.stepsAreDone()) return; // the model itself comes next
    this.seconds = (performance.now() - this.started) / 1000;
    this.flushLog(); // a log that ends before the checkpoint would have a gap
    this.checkpoints.write(() => this.toBytes(), this.report);
  }

  private step(): void {
    this.report = this.guard.step();
    const { step, epoch, trainLoss, learningRate } = this.report;
    this.tokens += this.report.tokens;
    const rollback = this.guard.takeRollback();
    if (rollback !== undefined) {
      this.display.note(
        `Step ${grouped(rollback.error.step)}: the ${rollback.error.what} is not a finite number. Back to the state after ${counted(rollback.steps, "step")}, with a learning rate of ${learningRate}.`,
        this.report,
      );
    }
    this.writeLog();
    if (trainLoss !== undefined) {
      this.trainLoss = trainLoss;
      const mean = `${trainLoss.toFixed(4)} nats over all examples`;
      this.display.note(`epoch ${epoch.toFixed(0)}: ${mean}, learning rate ${learningRate}`, this.report);
    }
    if (step % this.settings.evalEvery === 0 || this.stepsAreDone()) this.validate();
  }

  private validate(): void {
    this.validatedStep = this.report.step;
    const loss = this.trainer.validate();
    if (loss === undefined) return;
    if (!Number.isFinite(loss)) {
      this.guard.reject("validation loss");
      this.report = { ...this.report, step: this.trainer.steps, epoch: this.trainer.epoch };
      return;
    }
    this.validationLoss = loss;
    this.log?.add({ valLoss: loss });
    // a look that only the run's end brings is none of those that its going on depends on
    if (this.report.step % this.settings.evalEvery !== 0) return;
    this.earlyStopping?.look(loss);
    if (loss >= (this.best?.loss ?? Number.POSITIVE_INFINITY)) return;
    this.best = { loss, step: this.report.step };
    this.checkpoints.writeBest(() => this.toBytes(), this.report);
  }

  private get wantsSamples(): boolean {
    return this.settings.quiet !== true && !("steps" in this.every && this.every.steps === 0);
  }

  private sampleIsDue(): boolean {
    if (!this.wantsSamples) return false;
    if ("seconds" in this.every) return performance.now() - this.lastSample >= 1000 * this.every.seconds;
    if (this.report.step === this.lastSampleStep) return false;
    return this.report.step % this.every.steps === 0 && performance.now() - this.lastSample >= this.gap;
  }

  /** The finished model is shown too, unless one close to it just was. */
  private finalSampleIsNews(): boolean {
    if (!this.wantsSamples) return false;
    if ("seconds" in this.every) return performance.now() - this.lastSample >= 500 * this.every.seconds;
    return this.report.step - this.lastSampleStep >= this.every.steps / 2;
  }

  private async showSample(): Promise<void> {
    const { sampleLength, temperature } = this.settings;
    let text = "";
    let turn = performance.now();
    const { sampleIndex } = this.trainer;
    for (const piece of this.trainer.generate(sampleLength, temperature)) {
      text += piece;
      if (performance.now() - turn < SLICE) continue;
      await nextTurn();
      if (this.exitCode !== 0) break;
      turn = performance.now();
    }
    this.trainer.sampleIndex = sampleIndex; // whether samples are shown leaves no trace in the file
    await this.display.sample(text, this.report, this.validationLoss);
    this.log?.add(this.report.step === 0 ? { initialSample: text } : { sample: text });
    this.lastSample = performance.now();
    this.lastSampleStep = this.report.step;
  }

  private measureSpeed(): void {
    const now = performance.now();
    const { at, tokens } = this.speed;
    if (now - at < 250) return;
    this.speed = { at: now, tokens: this.tokens, tokensPerSecond: (1000 * (this.tokens - tokens)) / (now - at) };
  }

  private showProgress(): void {
    const now = performance.now();
    if (now - Math.max(this.lastProgress, this.started) < this.display.progressGap) return;
    this.lastProgress = now;
    this.display.progress({
      report: this.report,
      validationLoss: this.validationLoss,
      tokensPerSecond: this.speed.tokensPerSecond,
      lastStep: Number.isFinite(this.stepsToDo) ? this.stepsToDo : undefined,
      secondsLeft: this.secondsLeft(now),
    });
  }

  /** Undefined where the end is a loss that nobody can foresee. */
  private secondsLeft(now: number): number | undefined {
    const elapsed = (now - this.started) / 1000;
    const { step, epoch } = this.report;
    const { epochs = Number.POSITIVE_INFINITY } = this.settings;
    const epochsDone = epoch - this.from.epoch;
    const bySteps = (elapsed / Math.max(1, step - this.from.step)) * (this.stepsToDo - step);
    const byEpochs = epochsDone > 0 ? (elapsed / epochsDone) * (epochs - epoch) : Number.POSITIVE_INFINITY;
    const left = Math.max(
      0,
      Math.min(bySteps, byEpochs, this.secondsToDo - (this.settings.secondsBefore ?? 0) - elapsed),
    );
    return Number.isFinite(left) ? left : undefined;
  }

  private writeLog(): void {
    const { step, epoch, loss, smoothLoss, learningRate, gradientNorm, trainLoss, initialTrainLoss } = this.report;
    this.log?.write({
      step,
      epoch: Number(epoch.toFixed(6)),
      loss,
      smoothLoss,
      learningRate,
      gradNorm: gradientNorm,
      tokensPerSecond: Math.round(this.speed.tokensPerSecond),
      ...(trainLoss === undefined ? {} : { trainLoss }),
      ...(initialTrainLoss === undefined ? {} : { initialTrainLoss }),
    });
  }
}
