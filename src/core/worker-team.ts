/**
 * Threads for one model: workers, of Node or of the web, each with an instance of the core over the model's shared memory, which
 * serve the instance on this thread (assembly/threads/team.ts). They wait inside the module; no message passes while a model
 * trains.
 */

import * as abi from "../../assembly/abi/constants.ts";
import { type CodedError, DisposedError, type ErrorCode, InvalidValueError } from "./errors.ts";
import { builtinModule, type CoreExports, compileCore, instantiateCore, type Numerics } from "./wasm-module.ts";
import { startThread, type Thread } from "./worker-thread.ts";

/** The most threads that can work on a model. */
export const MOST_THREADS = abi.TEAM_MEMBERS;

/** A thread of a model failed or was stopped: its parameters are then of no use, and the engine takes no more calls. */
export class ThreadLostError extends Error implements CodedError {
  override readonly name = "ThreadLostError";
  readonly code = "ERR_THREAD_LOST" satisfies ErrorCode;
}

/** Looks at a word before a member sleeps: 50 µs or so, while a wake-up costs as much; of no use where cores are lacking. */
const TURNS = 50_000;
/** Pages of 64 KiB: what the module's own data needs, and all that it may ever have. */
const FIRST_PAGES = 1;
const MOST_PAGES = 65_536;

/** How many threads this machine runs at once. */
export function availableThreads(): number {
  const os = builtinModule("node:os") as { availableParallelism(): number } | undefined;
  return os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

/** Why this host gives a model no threads; undefined if it does. */
export function whyNoThreads(): string | undefined {
  if (builtinModule("node:worker_threads") !== undefined) return undefined;
  if (typeof Worker === "undefined") return "expected a host with workers (Node 20.16, or a browser)";
  if (globalThis.crossOriginIsolated !== true) {
    return "expected a page that is cross-origin isolated (headers COOP same-origin and COEP require-corp)";
  }
  return undefined;
}

export class WorkerTeam {
  /** What became of a thread that was lost. */
  private lost: string | undefined;
  private stopped = false;

  private constructor(
    readonly core: CoreExports,
    /** The leader, on the caller's own thread, included. */
    readonly size: number,
    private readonly record: number,
    private readonly workers: readonly Thread[],
  ) {
    for (const worker of workers) worker.onEnd((reason) => this.lose(reason));
  }

  /**
   * The leader's instance and `threads` - 1 workers, ready to serve it. Throws a RangeError where the host has no threads to give,
   * an Error where they do not start.
   */
  static async create(numerics: Numerics, threads: number): Promise<WorkerTeam> {
    const reason = whyNoThreads();
    if (reason !== undefined) throw new InvalidValueError(`threads: ${reason}, got ${threads}; use 1`);
    const memory = sharedMemory();
    const [module, core] = await Promise.all([compileCore(numerics, true), instantiateCore(numerics, { memory })]);
    const record = core.createTeam();
    const words = new Int32Array(memory.buffer);
    words[(record + abi.TEAM_TURNS) / 4] = threads <= availableThreads() ? TURNS : 0;
    words[(record + abi.TEAM_LEADER_SLEEPS) / 4] = maySleep() ? 1 : 0;
    const task = {
      module,
      memory,
      record,
      failed: (record + abi.TEAM_FAILED) / 4,
      wakes: [(record + abi.TEAM_JOB) / 4, (record + abi.TEAM_PHASE) / 4],
    };
    // all instances exist before the model does: each writes the module's static data anew
    const starts = Array.from({ length: threads - 1 }, (_, i) => startThread({ ...task, index: i + 1 }));
    const started = await Promise.allSettled(starts);
    const workers = started.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    const failure = started.find((each) => each.status === "rejected");
    if (failure !== undefined) {
      for (const worker of workers) worker.stop();
      throw failure.reason;
    }
    return new WorkerTeam(core, threads, record, workers);
  }

  /** Seconds after which a thread that does not come counts as lost. */
  set patience(seconds: number) {
    new Int32Array(this.core.memory.buffer, this.record)[abi.TEAM_PATIENCE / 4] = Math.ceil(seconds);
  }

  /** Runs a call that needs the team. Throws a ThreadLostError if a thread is lost, then or before. */
  run<T>(call: () => T): T {
    if (this.stopped) throw new DisposedError("engine: it was disposed of and takes no more calls; create another");
    if (this.lost !== undefined) throw this.error();
    try {
      return call();
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      const { TEAM_FAILED } = abi;
      const failed = new Int32Array(this.core.memory.buffer, this.record)[TEAM_FAILED / 4] !== 0;
      this.lose(failed ? "it failed, or did not come in time" : error.message);
      throw this.error();
    }
  }

  /** Ends the workers; the engine is of no use afterwards. */
  stop(): void {
    this.stopped = true;
    for (const worker of this.workers) worker.stop();
  }

  private lose(reason: string): void {
    if (this.lost !== undefined || this.stopped) return;
    this.lost = reason;
    for (const worker of this.workers) worker.stop();
  }

  private error(): ThreadLostError {
    return new ThreadLostError(
      `threads: expected all ${this.size} to go on, lost one (${this.lost}); load the last saved model, or use 1`,
    );
  }
}

/** Reserves address space alone; a host that will not reserve 4 GiB may give less. */
function sharedMemory(): WebAssembly.Memory {
  for (let maximum = MOST_PAGES; ; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: FIRST_PAGES, maximum, shared: true });
    } catch (error) {
      if (maximum <= 1024) throw error;
    }
  }
}

/** Whether this thread may wait for a word: a page's own may not. */
function maySleep(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}
