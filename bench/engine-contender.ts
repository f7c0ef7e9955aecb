/** An engine of charloom as a contender, in a worker thread of its own. */

import { BenchWorker } from "./bench-worker.ts";
import type { Contender } from "./contender.ts";
import type { EngineTask } from "./engine-worker.ts";
import type { BenchHost } from "./host.ts";

export class EngineContender implements Contender {
  readonly threads: number;
  private worker: BenchWorker<number, number> | undefined;

  constructor(
    private readonly host: BenchHost,
    readonly name: string,
    private readonly task: EngineTask,
  ) {
    this.threads = task.threads;
  }

  start(): Promise<readonly number[]> {
    this.worker = new BenchWorker(this.host, this.task);
    return this.worker.evidence();
  }

  round(seconds: number): Promise<number> {
    if (this.worker === undefined) throw new Error(`${this.name}: expected start() before round()`);
    return this.worker.ask(seconds);
  }

  async close(): Promise<void> {
    await this.worker?.close();
  }
}
