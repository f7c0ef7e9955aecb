/**
 * The bench: kernels, training and sampling. Everything is verified before it is timed; contenders take turns, round after round;
 * figures are medians, ratios are those of medians with the least and the greatest of the rounds.
 */

import { NUMERICS } from "../src/core/wasm-module.ts";
import { MOST_THREADS } from "../src/core/worker-team.ts";
import type { BenchHost } from "./host.ts";
import { KERNEL_TOLERANCE, type KernelResults, raceKernels } from "./kernels/kernel-race.ts";
import { supportedNumerics } from "./numerics.ts";
import type { Section } from "./section.ts";
import { formatDifference, formatGiga } from "./table.ts";
import { elementTable, productTable, workloadTable } from "./tables.ts";
import { FLOAT32_TOLERANCE, raceWorkload, type WorkloadReport } from "./workload-race.ts";
import { WORKLOADS } from "./workloads.ts";

/** What can be asked for by name. */
const BENCH_PARTS: readonly string[] = ["kernels", ...WORKLOADS.map(({ name }) => name)];

/** Throws a RangeError unless `text` is names of parts with commas between; returns them as the bench spells them. */
export function parseParts(option: string, text: string): string[] {
  return text.split(",").map((given) => {
    const name = BENCH_PARTS.find((part) => part.toLowerCase() === given.trim().toLowerCase());
    if (name !== undefined) return name;
    throw new RangeError(`${option}: expected some of ${BENCH_PARTS.join(", ")} with commas between, got "${given}"`);
  });
}

export interface BenchSettings {
  /** Of BENCH_PARTS; all of them if undefined. */
  readonly only: readonly string[] | undefined;
  /** Verification and short rounds. */
  readonly quick: boolean;
}

export interface BenchListener {
  /** What is being measured now. */
  progress(what: string): void;
  section(section: Section): void;
}

export interface BenchResults {
  /** Every contender agreed with the reference; the bench ends with an error where one does not. */
  readonly verified: true;
  readonly quick: boolean;
  readonly numerics: readonly string[];
  readonly kernels: KernelResults | undefined;
  readonly workloads: readonly WorkloadReport[];
}

/** Throws a DisagreementError where results disagree; nothing further is timed then. */
export async function runBench(
  host: BenchHost,
  { only, quick }: BenchSettings,
  listener: BenchListener,
): Promise<BenchResults> {
  const wanted = new Set(only ?? BENCH_PARTS);
  const numerics = await supportedNumerics();
  if (numerics.length < NUMERICS.length) {
    listener.section({
      title: "This engine does not fuse multiply and add: strict numerics alone",
      lines: [],
      tables: [],
    });
  }
  let kernels: KernelResults | undefined;
  if (wanted.has("kernels")) {
    const [rounds, roundSeconds] = quick ? [3, 0.004] : [7, 0.015];
    kernels = await raceKernels(host, { numerics, rounds, roundSeconds }, (what) =>
      listener.progress(`kernels: ${what}`),
    );
    for (const section of kernelSections(kernels)) listener.section(section);
  }
  const peaks = new Map(kernels?.peaks.map((peak) => [peak.numerics, peak.flopsPerSecond]));
  const workloads: WorkloadReport[] = [];
  for (const workload of WORKLOADS.filter(({ name }) => wanted.has(name))) {
    listener.progress(`${workload.name}, ${workload.title}`);
    const threads = THREADED.includes(workload.name) ? threadCounts(host.processors) : [1];
    const report = await raceWorkload(host, workload, { numerics, threads, quick, peaks });
    workloads.push(report);
    listener.section(workloadSection(report));
  }
  return { verified: true, quick, numerics, kernels, workloads };
}

/** Workloads large enough that threads may share a step, or a character. */
const THREADED: readonly string[] = ["W2", "W3", "S3"];

function threadCounts(processors: number): number[] {
  return Array.from({ length: Math.max(1, Math.min(processors, MOST_THREADS)) }, (_, i) => i + 1);
}

function kernelSections(results: KernelResults): Section[] {
  const off = Math.max(...results.kernels.flatMap(({ wasm }) => wasm.map(({ difference }) => difference)));
  const peaks = results.peaks.map(
    ({ numerics, flopsPerSecond }) => `${formatGiga(flopsPerSecond)} GFLOP/s ${numerics}`,
  );
  return [
    {
      title: "Kernels, float32, one thread",
      lines: [
        `the peak, multiply-adds in registers: ${peaks.join(", ")}; a product M×K · K×N counts 2·M·N·K operations`,
        `verified: results off by at most ${formatDifference(off)} of the largest element of those of plain loops in ` +
          `TypeScript (tolerance ${formatDifference(KERNEL_TOLERANCE)})`,
      ],
      tables: [productTable(results), elementTable(results)],
    },
  ];
}

function workloadSection(report: WorkloadReport): Section {
  const { name, title, verified, note, work } = report;
  return {
    title: `${name} ${title}`,
    lines: [
      `verified: ${verified} against TypeScript float64 (tolerance ${formatDifference(FLOAT32_TOLERANCE)}` +
        `${work === "sampling" ? " of the largest" : ""})`,
      ...(note === undefined ? [] : [note]),
    ],
    tables: [workloadTable(report)],
  };
}
