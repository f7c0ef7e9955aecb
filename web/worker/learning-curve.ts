/**
 * What a run has shown so far, in a bounded number of points: each is the mean of as many steps, and when there are too many
 * points two become one. So a curve of a million steps is drawn as fast as one of a hundred.
 */

import type { StepReport } from "../../src/index.ts";

/** Points at which neighbours are joined. */
const MOST_POINTS = 800;

/** A curve as it is kept between visits: plain data. */
export interface CurveRecord {
  /** Steps of a point. */
  readonly width: number;
  /** Of each whole point: its last step, and means over its steps. */
  readonly points: readonly CurvePoint[];
  readonly validation: readonly { readonly step: number; readonly loss: number }[];
}

export interface CurvePoint {
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly smoothLoss: number;
  readonly learningRate: number;
  readonly gradientNorm: number;
  readonly tokensPerSecond: number;
}

export class LearningCurve {
  points: CurvePoint[];
  validation: { step: number; loss: number }[];
  private width: number;
  private count = 0;
  private last: { readonly report: StepReport; readonly tokensPerSecond: number } | undefined;
  private lossSum = 0;
  private normSum = 0;

  constructor(record: CurveRecord = { width: 1, points: [], validation: [] }) {
    this.width = record.width;
    this.points = [...record.points];
    this.validation = [...record.validation];
  }

  get record(): CurveRecord {
    return { width: this.width, points: this.points, validation: this.validation };
  }

  /** Steps of a whole point. */
  get stepsOfPoint(): number {
    return this.width;
  }

  /** The point of the latest steps, which are not yet as many as a whole one has; undefined if there are none. */
  get pending(): CurvePoint | undefined {
    const { last, count } = this;
    if (last === undefined || count === 0) return undefined;
    const { step, epoch, smoothLoss, learningRate } = last.report;
    const { tokensPerSecond } = last;
    const [loss, gradientNorm] = [this.lossSum / count, this.normSum / count];
    return { step, epoch, loss, smoothLoss, learningRate, gradientNorm, tokensPerSecond };
  }

  add(report: StepReport, tokensPerSecond: number): void {
    this.count++;
    this.last = { report, tokensPerSecond };
    this.lossSum += report.loss;
    this.normSum += report.gradientNorm;
    if (this.count < this.width) return;
    this.points.push(this.pending!);
    this.empty();
    if (this.points.length === MOST_POINTS) this.join();
  }

  addValidation(step: number, loss: number): void {
    this.validation.push({ step, loss });
    if (this.validation.length === MOST_POINTS) this.validation = this.validation.filter((_, index) => index % 2 === 1);
  }

  /** Forgets what came after a step that the run went back to. */
  cutAfter(step: number): void {
    this.points = this.points.filter((point) => point.step <= step);
    this.validation = this.validation.filter((point) => point.step <= step);
    this.empty();
  }

  private empty(): void {
    this.count = 0;
    this.lossSum = 0;
    this.normSum = 0;
  }

  private join(): void {
    const { points } = this;
    this.points = [];
    for (let i = 1; i < points.length; i += 2) {
      const [first, second] = [points[i - 1]!, points[i]!];
      const mean = (of: "loss" | "gradientNorm" | "tokensPerSecond") => (first[of] + second[of]) / 2;
      this.points.push({
        ...second,
        loss: mean("loss"),
        gradientNorm: mean("gradientNorm"),
        tokensPerSecond: mean("tokensPerSecond"),
      });
    }
    this.width *= 2;
  }
}
