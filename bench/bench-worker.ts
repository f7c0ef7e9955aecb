/**
 * A worker thread for one contender: an isolate of its own, which answers questions one at a time.
 *
 * V8 compiles a function for what its isolate has seen, so contenders that share one slow each other down, and the
 * plain TypeScript ones most:
 *
 * - Were the float64 reference and the plain float32 loops in one isolate, what they share would see two kinds of array.
 *   Training and sampling are kept apart likewise.
 * - A WebAssembly memory that grows detaches its old buffer, and from then on every access to a typed array in that
 *   isolate checks for a detached one: plain products fall from 1.2 to 1.0 and from 1.1 to 0.8 GFLOP/s.
 */

import type { BenchHost, Reply, WorkerThread } from "./host.ts";
import type { Task } from "./task.ts";

export class BenchWorker<Question, Answer> {
  private readonly thread: WorkerThread;

  constructor(host: BenchHost, task: Task) {
    this.thread = host.startWorker(task);
  }

  /** What the worker says before it is asked: the evidence that its work is right. */
  async evidence<Evidence>(): Promise<Evidence> {
    return (await this.reply()) as Evidence;
  }

  /** Rejects with the worker's error if it fails. */
  async ask(question: Question): Promise<Answer> {
    this.thread.send(question);
    return (await this.reply()) as Answer;
  }

  close(): Promise<void> {
    return this.thread.terminate();
  }

  private async reply(): Promise<unknown> {
    const reply = (await this.thread.receive()) as Reply;
    if ("error" in reply) throw new Error(reply.error);
    return reply.value;
  }
}
