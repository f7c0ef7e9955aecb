/** Times the kernels of both builds of the module against plain TypeScript, and against what the processor does at most. */

import type { Numerics } from "../../src/core/wasm-module.ts";
import { checkAgreement } from "../agreement.ts";
import { BenchWorker } from "../bench-worker.ts";
import type { BenchHost } from "../host.ts";
import { interleave, median, type Ratio, speedRatio } from "../rounds.ts";
import { createKernelCases, type KernelCase, plainResultCount, plainWork } from "./cases.ts";
import type { KernelQuestion } from "./kernel-worker.ts";

/**
 * Of the largest element. Both round to float32, the wasm products at every step, the plain loops at the end; the longest sums
 * have 2,500 terms.
 */
export const KERNEL_TOLERANCE = 4e-6;

export interface KernelRaceSettings {
  readonly numerics: readonly Numerics[];
  readonly rounds: number;
  readonly roundSeconds: number;
}

export interface KernelReport {
  readonly name: string;
  readonly shape: string;
  readonly unit: KernelCase["unit"];
  readonly wasm: readonly WasmKernelReport[];
  /** The plain loops: operations or elements per second, median. */
  readonly typescriptPerSecond: number;
}

/** One build's kernel. */
export interface WasmKernelReport {
  readonly numerics: Numerics;
  /** Largest difference from the plain loops' result, as a fraction of the largest element. */
  readonly difference: number;
  /** Of one call, median. */
  readonly seconds: number;
  /** Operations or elements per second, median. */
  readonly perSecond: number;
  /** Of a product: operations per second over the peak's in the same rounds, as a fraction. */
  readonly shareOfPeak: number | undefined;
  /** How many times as fast as the plain loops. */
  readonly ratio: Ratio;
}

export interface KernelResults {
  /** Operations per second of multiply-adds in registers, the median of all rounds. */
  readonly peaks: readonly { readonly numerics: Numerics; readonly flopsPerSecond: number }[];
  readonly kernels: readonly KernelReport[];
}

/** Throws a DisagreementError before anything is timed, or the Error of a worker that could not start. */
export async function raceKernels(
  host: BenchHost,
  { numerics, rounds, roundSeconds }: KernelRaceSettings,
  progress: (what: string) => void,
): Promise<KernelResults> {
  const modules = await Promise.all(numerics.map((each) => host.readKernels(each)));
  const workers = [...modules, undefined].map(
    (module) => new BenchWorker<KernelQuestion, number>(host, { work: "kernels", module, roundSeconds }),
  );
  try {
    const results = await Promise.all(workers.map((worker) => worker.evidence<Float32Array[]>()));
    const cases = createKernelCases();
    const plainResults = results.at(-1)!;
    const differences = cases.map((kernelCase, i) =>
      numerics.map((each, n) => {
        const made = results[n]![i]!.subarray(0, plainResultCount(kernelCase));
        const name = `${kernelCase.name} ${kernelCase.shape}, ${each}`;
        return checkAgreement(name, made, plainResults[i]!, KERNEL_TOLERANCE, "largest");
      }),
    );
    const peakSpeeds: number[][] = numerics.map(() => []);
    const kernels: KernelReport[] = [];
    for (const [i, kernelCase] of cases.entries()) {
      progress(`${kernelCase.name} ${kernelCase.shape}`);
      const sides = workers.map((worker, w) => async () => {
        const work = w < numerics.length ? kernelCase.work : plainWork(kernelCase);
        return work / (await worker.ask(i));
      });
      const peaks = numerics.map((_, n) => async () => 1 / (await workers[n]!.ask("peak")));
      // to warm up
      await interleave(sides, 1);
      const speeds = await interleave(kernelCase.unit === "FLOP" ? [...sides, ...peaks] : sides, rounds);
      const plain = speeds[numerics.length]!;
      const wasm = numerics.map((each, n): WasmKernelReport => {
        const peak = speeds[workers.length + n] ?? [];
        peakSpeeds[n]!.push(...peak);
        return {
          numerics: each,
          difference: differences[i]![n]!,
          seconds: kernelCase.work / median(speeds[n]!),
          perSecond: median(speeds[n]!),
          shareOfPeak: peak.length === 0 ? undefined : median(speeds[n]!) / median(peak),
          ratio: speedRatio(speeds[n]!, plain),
        };
      });
      const { name, shape, unit } = kernelCase;
      kernels.push({ name, shape, unit, wasm, typescriptPerSecond: median(plain) });
    }
    return {
      peaks: numerics.map((each, n) => ({ numerics: each, flopsPerSecond: median(peakSpeeds[n]!) })),
      kernels,
    };
  } finally {
    for (const worker of workers) await worker.close();
  }
}
