/** A run in a few numbers. */

import type { Curve, RunRecords } from "./run-records.ts";

/** A value, and the step that it was reached after. */
export interface Reached {
  readonly step: number;
  readonly value: number;
}

export interface RunSummary {
  /** Of the last line. */
  readonly step: number;
  readonly epochs: number | undefined;
  /** Whether the losses below are smoothed: older logs may have but each step's. */
  readonly smoothed: boolean;
  readonly finalLoss: Reached | undefined;
  readonly bestLoss: Reached | undefined;
  readonly finalValidation: Reached | undefined;
  readonly bestValidation: Reached | undefined;
  readonly finalTrainLoss: Reached | undefined;
  /** Over the steps whose speed was measured. */
  readonly tokensPerSecond: number | undefined;
}

export function summarizeRun(records: RunRecords): RunSummary {
  const { steps, epochs, loss, smoothLoss, validationLoss, trainLoss, tokensPerSecond } = records;
  const smoothed = smoothLoss.some(Number.isFinite);
  const losses = { steps, values: smoothed ? smoothLoss : loss };
  const epoch = epochs[epochs.length - 1]!;
  return {
    step: steps[steps.length - 1]!,
    epochs: Number.isFinite(epoch) ? epoch : undefined,
    smoothed,
    finalLoss: lastOf(losses),
    bestLoss: lowestOf(losses),
    finalValidation: lastOf(validationLoss),
    bestValidation: lowestOf(validationLoss),
    finalTrainLoss: lastOf(trainLoss),
    tokensPerSecond: meanSpeed(tokensPerSecond),
  };
}

/** The curve's last finite value up to a step. */
export function lastOf({ steps, values }: Curve, until = Number.POSITIVE_INFINITY): Reached | undefined {
  for (let i = steps.length - 1; i >= 0; i--) {
    if (steps[i]! <= until && Number.isFinite(values[i])) return { step: steps[i]!, value: values[i]! };
  }
  return undefined;
}

/** The first of the lowest. */
function lowestOf({ steps, values }: Curve): Reached | undefined {
  let best: Reached | undefined;
  for (let i = 0; i < steps.length; i++) {
    const value = values[i]!;
    if (Number.isFinite(value) && (best === undefined || value < best.value)) best = { step: steps[i]!, value };
  }
  return best;
}

/** Every step has as many tokens, so the mean over time is the harmonic mean over steps. */
function meanSpeed(speeds: Float64Array): number | undefined {
  let [seconds, count] = [0, 0];
  for (const speed of speeds) {
    if (!(speed > 0 && speed < Number.POSITIVE_INFINITY)) continue;
    seconds += 1 / speed;
    count++;
  }
  return count === 0 ? undefined : count / seconds;
}
