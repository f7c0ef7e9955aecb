/**
 * A worker thread for one contender: an isolate of its own, which answers questions one at a time.
 *
 * V8 compiles a function for what its isolate has seen, so contenders that share one slow each other down, and the
 * plain TypeScript ones most:
 *
 * - Were the float32 and the float64 reference in one isolate, their common loops would see two kinds of array.
 *   Training and sampling are kept apart likewise.
 * - A WebAssembly memory that grows detaches its old buffer, and from then on every access to a typed array in that
 *   isolate checks for a detached one: plain products fall from 1.2 to 1.0 and from 1.1 to 0.8 GFLOP/s.
 */

import { once } from "node:events";
import { parentPort, Worker } from "node:worker_threads";

export class BenchWorker<Question, Answer> {
  private readonly worker: Worker;

  constructor(task: unknown) {
    // the bundle is one file, which in a worker takes the worker's part (main.ts)
    this.worker = new Worker(new URL(import.meta.url), { workerData: task });
  }

  /** What the worker says before it is asked: the evidence that its work is right. */
  async evidence<Evidence>(): Promise<Evidence> {
    const [evidence] = await once(this.worker, "message");
    return evidence;
  }

  /** Rejects with the worker's error if it fails. */
  async ask(question: Question): Promise<Answer> {
    this.worker.postMessage(question);
    const [answer] = await once(this.worker, "message");
    return answer;
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }
}

/** The worker's part: sends the evidence, then an answer for each question. */
export function serve<Question>(evidence: unknown, answer: (question: Question) => unknown): void {
  const port = parentPort!;
  port.on("message", (question: Question) => port.postMessage(answer(question)));
  port.postMessage(evidence);
}
