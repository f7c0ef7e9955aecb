/** The worker's part of kernel-race.ts: one side of every kernel, one round for each question. */

import { Bench } from "tinybench";
import { supportedNumerics } from "../numerics.ts";
import type { StartedTask } from "../task.ts";
import { createKernelCases } from "./cases.ts";
import type { KernelSide } from "./kernel-side.ts";
import { createPlainSide } from "./plain-sides.ts";
import { createWasmSide, instantiateKernels, type KernelExports } from "./wasm-sides.ts";

export interface KernelTask {
  readonly work: "kernels";
  /** The bytes of the module whose kernels are timed; undefined for the plain loops. */
  readonly module: Uint8Array<ArrayBuffer> | undefined;
  readonly roundSeconds: number;
}

/** A case by its index, or what the processor does at most. */
export type KernelQuestion = number | "peak";

/** Rounds' worth of time in which V8 is to find its fastest code, and what it needs at least. */
const WARM_UP_ROUNDS = 4;
const WARM_UP_SECONDS = 0.02;
/** One sample of the timer holds as many calls as take this long. */
const SAMPLE_SECONDS = 50e-6;
const PEAK_TURNS = 2000;

/** Answers each question with the median time of a call, or of one of the peak's operations, in seconds. */
export async function startKernelTask({ module, roundSeconds }: KernelTask): Promise<StartedTask> {
  const cases = createKernelCases();
  let sides: KernelSide[];
  let peak: KernelSide | undefined;
  let peakFlops = 0;
  if (module === undefined) {
    sides = cases.map(createPlainSide);
  } else {
    // relaxed SIMD is behind a flag in some engines
    await supportedNumerics();
    const kernels = await instantiateKernels(module);
    sides = cases.map((kernelCase) => createWasmSide(kernels, kernelCase));
    peak = createPeakSide(kernels);
    peakFlops = PEAK_TURNS * kernels.PEAK_FLOPS.value;
  }
  const results = sides.map((side) => {
    // twice: the second call of Adagrad reads what the first has left
    side.repeat(2);
    return side.result();
  });
  const callsPerSample = new Map<KernelSide, number>();
  const answer = (question: KernelQuestion) => {
    const side = question === "peak" ? peak : sides[question];
    if (side === undefined) throw new RangeError(`question: expected a kernel of this side, got ${question}`);
    const calls = callsPerSample.get(side) ?? warmUp(side, Math.max(WARM_UP_SECONDS, WARM_UP_ROUNDS * roundSeconds));
    callsPerSample.set(side, calls);
    return secondsPerCall(side, calls, roundSeconds) / (side === peak ? peakFlops : 1);
  };
  return { evidence: results, answer: answer as StartedTask["answer"] };
}

function createPeakSide(kernels: KernelExports): KernelSide {
  const { multiplyAddPeak } = kernels;
  let sum = 0;
  return {
    repeat: (calls) => {
      // chains stay near 1: neither infinite nor subnormal, which would cost more
      for (let i = 0; i < calls; i++) sum = multiplyAddPeak(PEAK_TURNS, 0.5, 0.5);
    },
    result: () => Float32Array.of(sum),
  };
}

/** Runs until V8 has its fastest code, and counts how many calls make a sample. */
function warmUp(side: KernelSide, warmUpSeconds: number): number {
  let calls = 0;
  let seconds = 0;
  const start = performance.now();
  for (let burst = 1; seconds < warmUpSeconds; burst = Math.min(2 * burst, 1024)) {
    side.repeat(burst);
    calls += burst;
    seconds = (performance.now() - start) / 1000;
  }
  return Math.ceil((SAMPLE_SECONDS * calls) / seconds);
}

function secondsPerCall(side: KernelSide, calls: number, roundSeconds: number): number {
  const bench = new Bench({ time: 1000 * roundSeconds, iterations: 1, warmup: false, throws: true });
  bench.add("round", () => side.repeat(calls), { async: false });
  const [task] = bench.runSync();
  if (task?.result.state !== "completed") throw new Error(`round: expected it completed, got ${task?.result.state}`);
  return task.result.latency.p50 / 1000 / calls;
}
