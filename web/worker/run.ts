/**
 * A run in a tab: a trainer, and what a visitor sees of it. Steps depend on recipe, text and the changes made at their steps
 * alone; when samples are drawn or losses looked at depends on the clock, and leaves no trace in them.
 */

import {
  availableThreads,
  createTrainer,
  DivergenceError,
  DivergenceGuard,
  parameterHash,
  type StepReport,
  type Trainer,
} from "../../src/index.ts";
import type { Agreement, ExpectedHash, PlannedChange, RunPlan, SampleShown } from "../protocol/run.ts";
import { type CurveRecord, LearningCurve } from "./learning-curve.ts";
import type { Text } from "./texts.ts";

/** Tokens of a sample. */
const SAMPLE_LENGTH = 240;
/** A sample is drawn when the smooth loss has fallen by this part of it, or after so many seconds. */
const FALL = 0.05;
const LONGEST_WAIT = 12;
/** Samples are this many seconds apart at least. */
const SHORTEST_WAIT = 1.2;
/** Samples that are kept: the first ones and the latest. */
const MOST_SAMPLES = 60;
const FIRST_KEPT = 10;
/** Steps before a high loss is worth a word, and how many times that of guessing is high. */
const WARM_UP = 200;
const FAR_ABOVE = 1.5;
/** Looking at the validation part takes at most this share of the time. */
const VALIDATION_SHARE = 0.08;

/** What of a run is kept between visits, besides its checkpoint and its text. */
export interface RunRecord {
  readonly target: number;
  readonly temperature: number;
  readonly curve: CurveRecord;
  readonly samples: readonly SampleShown[];
  readonly seconds: number;
  readonly plannedChanges: readonly PlannedChange[];
  readonly expected?: ExpectedHash;
  readonly agreement?: Agreement;
}

/** A text as checkpoints name it. */
export function sourceOf({ name, builtin }: Text): Trainer["provenance"]["data"] {
  return builtin === undefined ? { files: [name] } : { builtin };
}

export class Run {
  target: number;
  temperature: number;
  readonly curve: LearningCurve;
  samples: SampleShown[];
  /** Of the last step of this visit. */
  report: StepReport | undefined;
  validationLoss: number | undefined;
  tokensPerSecond = 0;
  agreement: Agreement | undefined;
  private readonly guard: DivergenceGuard;
  private plannedChanges: readonly PlannedChange[];
  /** What a shared run came to, if this one is to come to the same. */
  readonly expected: ExpectedHash | undefined;
  /** Spent in steps. */
  seconds: number;
  private lastSample = { time: Number.NEGATIVE_INFINITY, loss: Number.POSITIVE_INFINITY };
  private nextValidation = 0;

  /** `record` is what was kept of a run that goes on. */
  constructor(
    readonly trainer: Trainer,
    readonly text: Text,
    record: RunRecord,
  ) {
    this.guard = new DivergenceGuard(trainer);
    this.target = record.target;
    this.temperature = record.temperature;
    this.curve = new LearningCurve(record.curve);
    this.samples = [...record.samples];
    this.seconds = record.seconds;
    this.plannedChanges = record.plannedChanges;
    this.expected = record.expected;
    this.agreement = record.agreement;
    this.curve.cutAfter(trainer.steps);
    this.samples = this.samples.filter(({ step }) => step <= trainer.steps);
    this.validationLoss = this.curve.validation.at(-1)?.loss;
    if (this.samples.length === 0) this.drawSample();
  }

  /** A fresh run. Throws a RangeError for a plan that a model or a text does not allow. */
  static async begin(text: Text, plan: RunPlan): Promise<Run> {
    const trainer = await createTrainer(text.content, plan.recipe, { threads: "auto" });
    trainer.provenance = { ...trainer.provenance, data: sourceOf(text) };
    const { target, temperature, changes = [], expected } = plan;
    return new Run(trainer, text, {
      target,
      temperature,
      curve: { width: 1, points: [], validation: [] },
      samples: [],
      seconds: 0,
      plannedChanges: changes,
      ...(expected === undefined ? {} : { expected }),
    });
  }

  get record(): RunRecord {
    const { target, temperature, samples, seconds, plannedChanges, expected, agreement } = this;
    const curve = this.curve.record;
    return {
      target,
      temperature,
      curve,
      samples,
      seconds,
      plannedChanges,
      ...(expected === undefined ? {} : { expected }),
      ...(agreement === undefined ? {} : { agreement }),
    };
  }

  /** One line where the loss is far above that of guessing, which no network that learns stays at. */
  get warning(): string | undefined {
    const { trainer } = this;
    const guess = Math.log(trainer.model.vocabulary.size);
    const loss = trainer.currentSmoothLoss;
    if (trainer.steps < WARM_UP || loss < FAR_ABOVE * guess) return undefined;
    return `The loss, ${loss.toPrecision(3)}, is far above that of guessing, ${guess.toPrecision(3)}: the learning rate is too high for this optimizer. Start anew with a tenth of it.`;
  }

  get ended(): boolean {
    return this.trainer.steps >= this.target;
  }

  /** Seconds to the target at the present speed; undefined before there is one. */
  get secondsLeft(): number | undefined {
    const { tokensPerSecond, report } = this;
    if (report === undefined || tokensPerSecond === 0) return undefined;
    return ((this.target - this.trainer.steps) * report.tokens) / tokensPerSecond;
  }

  /** Why the model runs on one thread although more would be there; undefined if it does not. */
  get whyOneThread(): string | undefined {
    if (this.trainer.model.engine.threads > 1) return undefined;
    if (availableThreads() === 1) return "this machine offers one";
    if (!crossOriginIsolated) return "this page is not cross-origin isolated";
    return "the fastest for steps of this size";
  }

  /**
   * Steps for some milliseconds, at least one, until the target or a step whose hash is to be compared. Throws a DivergenceError
   * with the trainer at its last good state.
   */
  train(milliseconds: number): void {
    const start = performance.now();
    let now = start;
    let tokens = 0;
    do {
      tokens += this.step().tokens;
      now = performance.now();
    } while (now - start < milliseconds && !this.ended && !this.comparisonDue);
    const seconds = (now - start) / 1000;
    this.seconds += seconds;
    // a mean over the last ten slices or so: a single one jumps with whatever else the machine does
    const speed = tokens / seconds;
    this.tokensPerSecond =
      this.tokensPerSecond === 0 ? speed : this.tokensPerSecond + 0.1 * (speed - this.tokensPerSecond);
    this.lookAround(now);
  }

  step(): StepReport {
    this.makeChanges();
    try {
      const report = this.guard.step();
      this.curve.add(report, this.tokensPerSecond);
      this.report = report;
      return report;
    } catch (error) {
      if (error instanceof DivergenceError) this.forgetUndone();
      throw error;
    }
  }

  /** After a divergence took the trainer back: what was shown of later steps is gone, and changes made at them hold from here on. */
  private forgetUndone(): void {
    const { trainer } = this;
    this.curve.cutAfter(trainer.steps);
    this.samples = this.samples.filter(({ step }) => step <= trainer.steps);
    const { history } = trainer.provenance;
    trainer.provenance = {
      ...trainer.provenance,
      history: history.map((entry) =>
        entry.event === "changed" ? { ...entry, step: Math.min(entry.step!, trainer.steps) } : entry,
      ),
    };
  }

  /** Whether this is the step of which a shared run's hash is known. */
  get comparisonDue(): boolean {
    return this.agreement === undefined && this.trainer.steps === this.expected?.step;
  }

  /** Compares the parameters with a shared run's; no step may be taken meanwhile. */
  async compare(): Promise<void> {
    const { expected } = this;
    if (expected === undefined) return;
    const got = await parameterHash(this.trainer.model.engine);
    this.agreement = { step: expected.step, expected: expected.hash, got };
  }

  drawSample(): void {
    const { trainer, temperature } = this;
    const smoothLoss = trainer.currentSmoothLoss;
    this.samples.push({ step: trainer.steps, smoothLoss, text: trainer.sample(SAMPLE_LENGTH, temperature) });
    if (this.samples.length > MOST_SAMPLES) this.samples.splice(FIRST_KEPT, 1);
    this.lastSample = { time: performance.now(), loss: smoothLoss };
  }

  validate(): void {
    const start = performance.now();
    const loss = this.trainer.validate();
    const now = performance.now();
    this.nextValidation = now + Math.max(2000, (now - start) / VALIDATION_SHARE);
    if (loss === undefined) return;
    this.validationLoss = loss;
    this.curve.addValidation(this.trainer.steps, loss);
  }

  /** Draws a sample, looks at the validation part, if it is time. */
  private lookAround(now: number): void {
    const { time, loss } = this.lastSample;
    const wait = (now - time) / 1000;
    const fallen = this.trainer.currentSmoothLoss < loss * (1 - FALL);
    if (wait > LONGEST_WAIT || (fallen && wait > SHORTEST_WAIT)) this.drawSample();
    if (now > this.nextValidation) this.validate();
  }

  private makeChanges(): void {
    while (this.plannedChanges[0]?.step === this.trainer.steps) {
      this.trainer.change(this.plannedChanges[0].fields);
      this.plannedChanges = this.plannedChanges.slice(1);
    }
  }
}
