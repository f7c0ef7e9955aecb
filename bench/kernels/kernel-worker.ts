/** The worker's part of kernel-race.ts: one side of every kernel, one round for each index of a case it is sent. */

import { Bench } from "tinybench";
import { serve } from "../bench-worker.ts";
import { createKernelCases } from "./cases.ts";
import type { KernelSide } from "./kernel-side.ts";
import { createPlainSide } from "./plain-sides.ts";
import { loadWasmSides } from "./wasm-sides.ts";

export interface KernelTask {
  readonly work: "kernels";
  readonly side: "wasm" | "typescript";
}

const ROUND_SECONDS = 0.02;
const WARM_UP_SECONDS = 0.06;
/** One sample of the timer holds as many calls as take this long. */
const SAMPLE_SECONDS = 50e-6;

/** Answers each index with the median time of a call, in seconds. */
export async function runKernelWorker(task: KernelTask): Promise<void> {
  const sides = createKernelCases().map(task.side === "wasm" ? await loadWasmSides() : createPlainSide);
  const results = sides.map((side) => {
    // twice: the second call of Adagrad reads what the first has left
    side.repeat(2);
    return side.result();
  });
  const callsPerSample = new Map<KernelSide, number>();
  serve(results, (index: number) => {
    const side = sides[index]!;
    const calls = callsPerSample.get(side) ?? warmUp(side);
    callsPerSample.set(side, calls);
    return secondsPerCall(side, calls);
  });
}

/** Runs until V8 has its fastest code, and counts how many calls make a sample. */
function warmUp(side: KernelSide): number {
  let calls = 0;
  let seconds = 0;
  const start = performance.now();
  for (let burst = 1; seconds < WARM_UP_SECONDS; burst = Math.min(2 * burst, 1024)) {
    side.repeat(burst);
    calls += burst;
    seconds = (performance.now() - start) / 1000;
  }
  return Math.ceil((SAMPLE_SECONDS * calls) / seconds);
}

function secondsPerCall(side: KernelSide, calls: number): number {
  const bench = new Bench({ time: 1000 * ROUND_SECONDS, iterations: 1, warmup: false, throws: true });
  bench.add("round", () => side.repeat(calls), { async: false });
  const [task] = bench.runSync();
  if (task?.result.state !== "completed") throw new Error(`round: expected it completed, got ${task?.result.state}`);
  return task.result.latency.p50 / 1000 / calls;
}
