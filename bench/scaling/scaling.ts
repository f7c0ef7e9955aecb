/**
 * `charloom bench --scaling`: how the time of a step and the memory grow with the sizes of a model and the length of a text, and
 * the cost model of src/model/cost.ts fitted to this machine.
 */

import { availableParallelism, freemem } from "node:os";
import type { Numerics } from "../../src/core/wasm-module.ts";
import { MOST_THREADS } from "../../src/core/worker-team.ts";
import { estimateSeconds, estimateStep, type MachineSpeed } from "../../src/model/cost.ts";
import type { BenchListener } from "../bench.ts";
import { supportedNumerics } from "../numerics.ts";
import type { Section } from "../section.ts";
import { formatBytes, formatCount, formatGiga, formatSeconds, formatShare, type Table } from "../table.ts";
import { fitMachine, type Measurement } from "./fit.ts";
import { measureStep, type StepTimes } from "./measure.ts";
import { createSeries, type Series } from "./series.ts";
import { measureTextLength, type TextLengthReport } from "./text-length.ts";

export interface ScalingResults {
  readonly series: readonly { readonly title: string; readonly sizes: readonly SizeReport[] }[];
  readonly machine: MachineSpeed;
  /** Median of the model's errors, as a fraction of the measured time. */
  readonly medianError: number;
  readonly texts: readonly TextLengthReport[];
}

interface SizeReport {
  readonly label: string;
  readonly threads: number;
  readonly seconds: Readonly<Partial<Record<Numerics, number>>>;
  readonly characters: number;
  readonly flops: number;
  readonly memoryBytes: number;
  readonly estimatedBytes: number;
}

interface Measured {
  readonly label: string;
  readonly config: Series["configs"][number]["config"];
  readonly threads: number;
  readonly times: StepTimes;
}

const TEXT_LENGTHS = [1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
/** Bytes of free memory for each index of a text: itself, and what collections of garbage have not taken yet. */
const FREE_BYTES_A_TOKEN = 2;

export async function runScaling(quick: boolean, listener: BenchListener): Promise<ScalingResults> {
  const numerics = await supportedNumerics();
  const effort = quick ? { rounds: 2, roundSeconds: 0.02 } : { rounds: 5, roundSeconds: 0.15 };
  const measured: { series: Series; sizes: Measured[] }[] = [];
  for (const series of createSeries(quick)) {
    const sizes: Measured[] = [];
    for (const { label, config } of series.configs) {
      listener.progress(`${series.title}: ${label}`);
      sizes.push({ label, config, threads: 1, times: await measureStep(config, numerics, 1, effort) });
    }
    measured.push({ series, sizes });
  }
  const points = measured.flatMap(({ sizes }) => sizes.flatMap(measurements));
  const machine = fitMachine(points);
  for (const { series, sizes } of measured) listener.section(seriesSection(series, sizes, numerics, machine));
  const errors = points.map(({ config, numerics, seconds }) =>
    Math.abs(estimateSeconds(config, { numerics, threads: 1 }, machine) / seconds - 1),
  );
  listener.section(machineSection(machine, errors));

  const threaded: Measured[] = [];
  const { config } = createSeries(quick)[1]!.configs.at(-2)!;
  for (let threads = 1; threads <= Math.min(MOST_THREADS, availableParallelism()); threads++) {
    const times = await measureStep(config, numerics, threads, effort);
    threaded.push({ label: String(threads), config, threads, times });
  }
  if (threaded.length > 1) {
    const series = { title: `Threads: LSTM of ${config.hiddenSize}, batches of 32 × 32`, size: "threads", configs: [] };
    listener.section(seriesSection(series, threaded, numerics, machine));
    measured.push({ series, sizes: threaded });
  }

  const texts: TextLengthReport[] = [];
  const left: number[] = [];
  for (const tokens of TEXT_LENGTHS.slice(0, quick ? 3 : TEXT_LENGTHS.length)) {
    listener.progress(`a text of ${formatCount(tokens)} characters`);
    if (tokens * FREE_BYTES_A_TOKEN > freemem()) left.push(tokens);
    else texts.push(await measureTextLength(tokens, effort.roundSeconds));
  }
  listener.section(textSection(texts, left));
  errors.sort((a, b) => a - b);
  return {
    series: measured.map(({ series, sizes }) => ({ title: series.title, sizes: sizes.map(sizeReport) })),
    machine,
    medianError: errors[errors.length >> 1]!,
    texts,
  };
}

function measurements({ config, times }: Measured): Measurement[] {
  return [...times.seconds].map(([numerics, seconds]) => ({ config, numerics, seconds }));
}

function sizeReport({ label, config, threads, times }: Measured): SizeReport {
  const { flops, bytes } = estimateStep(config, threads);
  return {
    label,
    threads,
    seconds: Object.fromEntries(times.seconds),
    characters: config.batchSize * config.sequenceLength,
    flops,
    memoryBytes: times.memoryBytes,
    estimatedBytes: bytes,
  };
}

function seriesSection(
  { title, size }: Series,
  sizes: readonly Measured[],
  numerics: readonly Numerics[],
  machine: MachineSpeed,
): Section {
  const table: Table = {
    head: [size, "memory", ...numerics.flatMap((each) => [`${each} step`, "a character", "GFLOP/s", "the model says"])],
    rows: sizes.map(({ label, config, threads, times }) => [
      label,
      formatBytes(times.memoryBytes),
      ...numerics.flatMap((each) => {
        const seconds = times.seconds.get(each)!;
        return [
          formatSeconds(seconds),
          formatSeconds(seconds / (config.batchSize * config.sequenceLength)),
          formatGiga(estimateStep(config).flops / seconds),
          formatSeconds(estimateSeconds(config, { numerics: each, threads }, machine)),
        ];
      }),
    ]),
  };
  return { title, lines: [], tables: [table] };
}

function machineSection(
  { fewRowsFlops, manyRowsFlops, nonlinearities, elements, overheadSeconds }: MachineSpeed,
  errors: number[],
): Section {
  const sorted = [...errors].sort((a, b) => a - b);
  const pair = (rates: Readonly<Record<Numerics, number>>) =>
    `${formatGiga(rates.strict)} GFLOP/s strict, ${formatGiga(rates.fused)} fused`;
  return {
    title:
      "The cost model, fitted to the above: seconds = FLOP of few rows / a + FLOP of many rows / b + nonlinearities / c + elements / d + e",
    lines: [
      `a, products of one to three rows: ${pair(fewRowsFlops)}`,
      `b, products of four rows and more: ${pair(manyRowsFlops)}`,
      `c, exp, tanh and σ: ${formatGiga(nonlinearities)} · 10⁹ elements/s`,
      `d, all other loops: ${formatGiga(elements)} · 10⁹ elements/s`,
      `e, whatever the size: ${formatSeconds(overheadSeconds)}`,
      `off by ${formatShare(sorted[sorted.length >> 1]!)} in the median, by ${formatShare(sorted.at(-1)!)} at most`,
    ],
    tables: [],
  };
}

function textSection(texts: readonly TextLengthReport[], left: readonly number[]): Section {
  return {
    title: "Length of the text, one byte an index of 65: read in 50 rows, and trained on as min-char-rnn does",
    lines: left.map(
      (tokens) => `${formatCount(tokens)} characters: left out, for this machine has not the memory free`,
    ),
    tables: [
      {
        head: ["characters", "memory", "made in", "read, a character", "trained, a character"],
        rows: texts.map(({ tokens, bytes, secondsToBuild, secondsToReadToken, secondsToTrainToken }) => [
          formatCount(tokens),
          formatBytes(bytes),
          formatSeconds(secondsToBuild),
          formatSeconds(secondsToReadToken),
          formatSeconds(secondsToTrainToken),
        ]),
      },
    ],
  };
}
