/** Times each kernel in WebAssembly against the plain loops. */

import { checkAgreement } from "../agreement.ts";
import { BenchWorker } from "../bench-worker.ts";
import { interleave, median, type Ratio, speedRatio } from "../rounds.ts";
import { formatRange, formatRatio, formatSeconds, table } from "../table.ts";
import { createKernelCases, type KernelCase } from "./cases.ts";
import type { KernelTask } from "./kernel-worker.ts";

/** Of the largest element: both round to float32, the wasm products at every step, the plain loops at the end. */
export const KERNEL_TOLERANCE = 2e-6;

const ROUNDS = 9;

export interface KernelReport {
  readonly name: string;
  readonly shape: string;
  readonly unit: KernelCase["unit"];
  /** Largest difference of the two results, as a fraction of the largest element. */
  readonly difference: number;
  /** Medians, of one call. */
  readonly wasmSeconds: number;
  readonly typescriptSeconds: number;
  /** Operations or elements per second, in units of 10⁹. */
  readonly wasmGigaPerSecond: number;
  readonly typescriptGigaPerSecond: number;
  /** How many times as fast wasm is. */
  readonly ratio: Ratio;
}

/** Throws a DisagreementError before anything is timed, or the Error of a worker that could not start. */
export async function raceKernels(): Promise<KernelReport[]> {
  const wasm = new BenchWorker<number, number>({ work: "kernels", side: "wasm" } satisfies KernelTask);
  const typescript = new BenchWorker<number, number>({ work: "kernels", side: "typescript" } satisfies KernelTask);
  try {
    const [wasmResults, typescriptResults] = await Promise.all([
      wasm.evidence<Float32Array[]>(),
      typescript.evidence<Float32Array[]>(),
    ]);
    const cases = createKernelCases();
    const differences = cases.map(({ name, shape }, i) =>
      checkAgreement(`${name} ${shape}`, wasmResults[i]!, typescriptResults[i]!, KERNEL_TOLERANCE, "largest"),
    );
    const reports: KernelReport[] = [];
    for (const [i, kernelCase] of cases.entries()) {
      const sides = [wasm, typescript].map((worker) => async () => kernelCase.work / (await worker.ask(i)));
      // to warm up
      await interleave(sides, 1);
      const [wasmSpeeds, typescriptSpeeds] = (await interleave(sides, ROUNDS)) as [number[], number[]];
      reports.push(createReport(kernelCase, differences[i]!, wasmSpeeds, typescriptSpeeds));
    }
    return reports;
  } finally {
    await wasm.close();
    await typescript.close();
  }
}

function createReport(
  { name, shape, work, unit }: KernelCase,
  difference: number,
  wasmSpeeds: readonly number[],
  typescriptSpeeds: readonly number[],
): KernelReport {
  return {
    name,
    shape,
    unit,
    difference,
    wasmSeconds: work / median(wasmSpeeds),
    typescriptSeconds: work / median(typescriptSpeeds),
    wasmGigaPerSecond: median(wasmSpeeds) / 1e9,
    typescriptGigaPerSecond: median(typescriptSpeeds) / 1e9,
    ratio: speedRatio(wasmSpeeds, typescriptSpeeds),
  };
}

export function kernelTable(reports: readonly KernelReport[]): string {
  return table(
    ["", "shape", "wasm call", "TypeScript call", "wasm", "TypeScript", "", "wasm is", "rounds"],
    reports.map((report) => [
      report.name,
      report.shape,
      formatSeconds(report.wasmSeconds),
      formatSeconds(report.typescriptSeconds),
      report.wasmGigaPerSecond.toFixed(2),
      report.typescriptGigaPerSecond.toFixed(2),
      report.unit === "FLOP" ? "GFLOP/s" : "G elements/s",
      formatRatio(report.ratio.median),
      formatRange(report.ratio.min, report.ratio.max),
    ]),
  );
}
