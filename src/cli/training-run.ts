/** The loop of one training run: steps, samples, progress, log, and the ends. */

import { setImmediate as nextTurn } from "node:timers/promises";
import type { StepReport, Trainer } from "../train/trainer.ts";
import type { Interval } from "./arguments.ts";
import { grouped, span } from "./format.ts";
import type { RunLog } from "./run-log.ts";
import type { Terminal } from "./terminal.ts";

/** What of the command's options the loop needs. */
export interface RunOptions {
  readonly steps?: number;
  /** Seconds. */
  readonly time?: number;
  /** Passes over the text. */
  readonly epochs?: number;
  /** The run ends when the smooth loss falls below this. */
  readonly untilLoss?: number;
  /** Steps. */
  readonly evalEvery: number;
  readonly sampleEvery?: Interval;
  readonly sampleLength: number;
  readonly temperature: number;
  readonly quiet?: boolean;
}

const DEFAULT_STEPS = 100_000;
const DEFAULT_SAMPLE_STEPS = 100;
/** On a terminal, samples that nobody spaced out come at most this often, in milliseconds. */
const TERMINAL_SAMPLE_GAP = 2000;
/** Training hands the thread back this often, in milliseconds: for signals and output. */
const SLICE = 40;
/** Between two lines of progress where there is no live line, in milliseconds. */
const PLAIN_PROGRESS_GAP = 5000;

export class TrainingRun {
  /** The last step's. */
  report: StepReport;
  /** Wall-clock time of the run so far. */
  seconds = 0;
  exitCode = 0;
  /** The last validation loss, if there is anything to validate on. */
  validationLoss: number | undefined;

  private readonly stepsToDo: number;
  private readonly secondsToDo: number;
  private readonly every: Interval;
  private readonly gap: number;
  private started = 0;
  private lastSample = Number.NEGATIVE_INFINITY;
  private lastSampleStep = Number.NEGATIVE_INFINITY;
  private lastProgress = 0;
  private speed = { at: 0, step: 0, tokensPerSecond: 0 };

  constructor(
    readonly trainer: Trainer,
    private readonly options: RunOptions,
    private readonly terminal: Terminal,
    private readonly log: RunLog | undefined,
  ) {
    const otherEnd = options.time ?? options.epochs ?? options.untilLoss;
    this.stepsToDo = options.steps ?? (otherEnd === undefined ? DEFAULT_STEPS : Number.POSITIVE_INFINITY);
    this.secondsToDo = options.time ?? Number.POSITIVE_INFINITY;
    this.every = options.sampleEvery ?? { steps: DEFAULT_SAMPLE_STEPS };
    this.gap = options.sampleEvery === undefined && process.stdout.isTTY === true ? TERMINAL_SAMPLE_GAP : 0;
    this.report = {
      step: 0,
      epoch: 0,
      loss: Number.NaN,
      smoothLoss: Math.log(trainer.model.vocabulary.size),
      learningRate: trainer.model.recipe.learningRate,
      gradientNorm: 0,
    };
  }

  /** Trains to the end or to an interruption; true at the end. */
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
    try {
      while (!this.ended() && this.exitCode === 0) {
        await this.slice();
        await nextTurn();
      }
      if (this.exitCode === 0 && this.finalSampleIsNews()) await this.showSample();
    } finally {
      process.off("SIGINT", interrupt);
      process.off("SIGTERM", interrupt);
      this.terminal.clearLive();
      this.log?.flush();
    }
    return this.exitCode === 0;
  }

  private ended(): boolean {
    this.seconds = (performance.now() - this.started) / 1000;
    return this.seconds >= this.secondsToDo || this.stepsAreDone();
  }

  private stepsAreDone(): boolean {
    const { step, epoch, smoothLoss } = this.report;
    const { epochs = Number.POSITIVE_INFINITY, untilLoss = Number.NEGATIVE_INFINITY } = this.options;
    return step >= this.stepsToDo || epoch >= epochs || smoothLoss < untilLoss;
  }

  /** Steps for a few milliseconds, samples where they fall due. */
  private async slice(): Promise<void> {
    const end = performance.now() + SLICE;
    do {
      if (this.sampleIsDue()) await this.showSample();
      this.report = this.trainer.step();
      const validated = this.report.step % this.options.evalEvery === 0 || this.stepsAreDone();
      if (validated) this.validationLoss = this.trainer.validate();
      if (this.log !== undefined) this.writeLog(validated);
    } while (!this.stepsAreDone() && performance.now() < end);
    this.measureSpeed();
    this.showProgress();
  }

  private get wantsSamples(): boolean {
    return this.options.quiet !== true && !("steps" in this.every && this.every.steps === 0);
  }

  private sampleIsDue(): boolean {
    if (!this.wantsSamples) return false;
    if ("seconds" in this.every) return performance.now() - this.lastSample >= 1000 * this.every.seconds;
    return this.report.step % this.every.steps === 0 && performance.now() - this.lastSample >= this.gap;
  }

  /** The finished model is shown too, unless one close to it just was. */
  private finalSampleIsNews(): boolean {
    if (!this.wantsSamples) return false;
    if ("seconds" in this.every) return performance.now() - this.lastSample >= 500 * this.every.seconds;
    return this.report.step - this.lastSampleStep >= this.every.steps / 2;
  }

  private async showSample(): Promise<void> {
    const { step, smoothLoss } = this.report;
    const { sampleLength, temperature } = this.options;
    let text = "";
    let turn = performance.now();
    for (const character of this.trainer.generate(sampleLength, temperature)) {
      text += character;
      if (performance.now() - turn < SLICE) continue;
      await nextTurn();
      if (this.exitCode !== 0) break;
      turn = performance.now();
    }
    const validation = this.validationLoss === undefined ? "" : `, validation ${this.validationLoss.toFixed(3)}`;
    const heading = `---- step ${grouped(step)}, loss ${smoothLoss.toFixed(3)}${validation} nats per character ----`;
    await this.terminal.output(`${this.terminal.heading(heading)}\n${text}\n\n`);
    this.lastSample = performance.now();
    this.lastSampleStep = step;
  }

  private measureSpeed(): void {
    const now = performance.now();
    const { at, step } = this.speed;
    if (now - at < 250) return;
    const { sequenceLength, batchSize } = this.trainer.model.recipe;
    const tokens = (this.report.step - step) * sequenceLength * batchSize;
    this.speed = { at: now, step: this.report.step, tokensPerSecond: (1000 * tokens) / (now - at) };
  }

  private showProgress(): void {
    const now = performance.now();
    const gap = this.terminal.live ? 100 : PLAIN_PROGRESS_GAP;
    if (now - Math.max(this.lastProgress, this.started) < gap) return;
    this.lastProgress = now;
    const { step, smoothLoss } = this.report;
    const steps = Number.isFinite(this.stepsToDo) ? `${grouped(step)}/${grouped(this.stepsToDo)}` : grouped(step);
    const line = [
      `step ${steps}`,
      `loss ${smoothLoss.toFixed(3)} nats/char`,
      ...(this.validationLoss === undefined ? [] : [`validation ${this.validationLoss.toFixed(3)}`]),
      `${grouped(this.speed.tokensPerSecond)} char/s`,
      ...this.timeLeft(now),
    ].join("   ");
    if (this.terminal.live) this.terminal.progress(line);
    else this.terminal.note(line);
  }

  /** "12 s left", or nothing where the end is a loss that nobody can foresee. */
  private timeLeft(now: number): string[] {
    const elapsed = (now - this.started) / 1000;
    const { step, epoch } = this.report;
    const { epochs = Number.POSITIVE_INFINITY } = this.options;
    const bySteps = (elapsed / Math.max(1, step)) * (this.stepsToDo - step);
    const byEpochs = epoch > 0 ? (elapsed / epoch) * (epochs - epoch) : Number.POSITIVE_INFINITY;
    const left = Math.max(0, Math.min(bySteps, byEpochs, this.secondsToDo - elapsed));
    return Number.isFinite(left) ? [`${span(left)} left`] : [];
  }

  private writeLog(validated: boolean): void {
    const { step, epoch, loss, smoothLoss, learningRate, gradientNorm } = this.report;
    this.log?.write({
      step,
      epoch: Number(epoch.toFixed(6)),
      loss,
      smoothLoss,
      learningRate,
      gradNorm: gradientNorm,
      tokensPerSecond: Math.round(this.speed.tokensPerSecond),
      ...(validated && this.validationLoss !== undefined ? { valLoss: this.validationLoss } : {}),
    });
  }
}
