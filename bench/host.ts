/** What a bench needs of the place it runs in, Node or a page; all else is the same program. */

import type { Numerics } from "../src/core/wasm-module.ts";
import type { Task } from "./task.ts";

export interface BenchHost {
  /** Processors that threads can have. */
  readonly processors: number;
  /** A thread of its own, at work on a task. */
  startWorker(task: Task): WorkerThread;
  /** The bytes of the testing module: build/kernels.wasm or build/kernels-fused.wasm. */
  readKernels(numerics: Numerics): Promise<Uint8Array<ArrayBuffer>>;
}

export interface WorkerThread {
  send(message: unknown): void;
  /** The next message; rejects where the thread has failed. */
  receive(): Promise<unknown>;
  terminate(): Promise<void>;
}

/** What a worker says: an answer, or why there is none. */
export type Reply = { readonly value: unknown } | { readonly error: string };
