/** Races the engine, in each of its numerics and with each number of threads, against the TypeScript reference on a workload. */

import type { Numerics } from "../src/core/wasm-module.ts";
import { estimateSeconds, estimateStep } from "../src/model/cost.ts";
import { EngineContender } from "./engine-contender.ts";
import { type ContenderReport, type Entry, raceContenders } from "./engine-race.ts";
import { type EngineTask, EVIDENCE_STEPS } from "./engine-worker.ts";
import type { BenchHost } from "./host.ts";
import type { EngineKind } from "./open-engine.ts";
import { type Workload, workloadParameters, workloadTokens } from "./workloads.ts";

/** A float32 engine against the float64 reference: losses of three steps, and probabilities. */
export const FLOAT32_TOLERANCE = 1e-5;

/** What the reference does in a second, about: a bound on its time needs no more. */
const REFERENCE_FLOPS = 1e9;

export interface WorkloadSettings {
  readonly numerics: readonly Numerics[];
  readonly threads: readonly number[];
  readonly quick: boolean;
  /** Operations per second of multiply-adds in registers, where they have been measured. */
  readonly peaks: ReadonlyMap<Numerics, number>;
}

export interface WorkloadContender extends ContenderReport {
  /** Operations of products per second. */
  readonly flopsPerSecond: number;
  /** Of the peak of as many threads, as a fraction; undefined where it has not been measured. */
  readonly shareOfPeak: number | undefined;
}

export interface WorkloadReport {
  readonly name: string;
  readonly title: string;
  readonly work: Workload["work"];
  /** Characters of a training step; 1 of a sampler's. */
  readonly unitCharacters: number;
  /** Operations of the products for `unitCharacters`. */
  readonly flops: number;
  /** What the results were compared on. */
  readonly verified: string;
  /** Where the reference did less than the others: what. */
  readonly note: string | undefined;
  readonly contenders: readonly WorkloadContender[];
}

interface Effort {
  readonly rounds: number;
  readonly roundSeconds: number;
  /** Seconds of one step of the reference, at most, to be timed and to be verified. */
  readonly referenceSeconds: number;
  readonly evidenceSeconds: number;
}

const FULL: Effort = { rounds: 9, roundSeconds: 0.15, referenceSeconds: 3.5, evidenceSeconds: 1 };
const QUICK: Effort = { rounds: 2, roundSeconds: 0.03, referenceSeconds: 0.3, evidenceSeconds: 0.3 };
/** Of steps that take longer, fewer rounds make a median. */
const LONG_STEP_SECONDS = 0.4;
const ROUNDS_OF_LONG_STEPS = 3;
/** Fewer than two time steps have no gradient that goes from one to another. */
const FEWEST_EVIDENCE_STEPS = 2;

/** Throws a DisagreementError before anything is timed. */
export async function raceWorkload(
  host: BenchHost,
  workload: Workload,
  settings: WorkloadSettings,
): Promise<WorkloadReport> {
  const { name, title, work, config } = workload;
  const { sequenceLength, batchSize } = config;
  const effort = settings.quick ? QUICK : FULL;
  const training = work === "training";
  const flops = training
    ? estimateStep(config).flops
    : estimateStep({ ...config, sequenceLength: 1, batchSize: 1 }).forwardFlops;
  const slowStep = training ? flops / REFERENCE_FLOPS : 0;
  const within = (seconds: number, fewest: number) =>
    Math.min(sequenceLength, Math.max(fewest, Math.floor((sequenceLength * seconds) / Math.max(slowStep, 1e-9))));
  const referenceSteps = within(effort.referenceSeconds, 1);
  const evidenceTimeSteps = within(effort.evidenceSeconds, FEWEST_EVIDENCE_STEPS);
  const longSteps = training && estimateSeconds(config, { numerics: "strict", threads: 1 }) > LONG_STEP_SECONDS;

  const [tokens, parameters] = [await workloadTokens(workload), await workloadParameters(workload)];
  const entry = (label: string, engine: EngineKind, threads: number): Entry => {
    const reference = engine === "reference";
    const timeSteps = reference ? referenceSteps : sequenceLength;
    const task: EngineTask = { work, workload, engine, threads, tokens, parameters, timeSteps, evidenceTimeSteps };
    return {
      contender: new EngineContender(host, label, task),
      tolerance: reference ? 0 : FLOAT32_TOLERANCE,
      slow: (reference && slowStep > effort.referenceSeconds / 4) || (settings.quick && longSteps),
    };
  };
  const sides = settings.threads.flatMap((threads) => settings.numerics.map((numerics) => ({ numerics, threads })));
  const entries = [
    ...sides.map(({ numerics, threads }) => entry(`wasm ${numerics}`, numerics, threads)),
    entry("TypeScript float64", "reference", 1),
  ];
  const reports = await raceContenders(entries, {
    rounds: longSteps ? Math.min(effort.rounds, ROUNDS_OF_LONG_STEPS) : effort.rounds,
    roundSeconds: effort.roundSeconds,
    scale: training ? "each" : "largest",
  });

  const unitCharacters = training ? sequenceLength * batchSize : 1;
  return {
    name,
    title,
    work,
    unitCharacters,
    flops,
    verified: training
      ? `losses of ${EVIDENCE_STEPS} steps${evidenceTimeSteps < sequenceLength ? ` of ${evidenceTimeSteps} × ${batchSize} characters` : ""}`
      : "probabilities after 25 characters",
    note:
      referenceSteps < sequenceLength
        ? `TypeScript ran steps of ${referenceSteps} × ${batchSize} characters, for whole ones would take some ${Math.round(slowStep)} s`
        : undefined,
    contenders: reports.map((report, i) => {
      const flopsPerSecond = (report.charactersPerSecond * flops) / unitCharacters;
      const side = sides[i];
      const peak = side === undefined ? undefined : settings.peaks.get(side.numerics);
      return {
        ...report,
        flopsPerSecond,
        shareOfPeak: peak === undefined ? undefined : flopsPerSecond / (peak * report.threads),
      };
    }),
  };
}
