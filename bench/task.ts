/** What a worker thread of the bench is told, and what it does then. */

import { type EngineTask, startEngineTask } from "./engine-worker.ts";
import type { Reply } from "./host.ts";
import { type KernelTask, startKernelTask } from "./kernels/kernel-worker.ts";

export type Task = KernelTask | EngineTask;

/** A task that has begun: evidence that its work is right, and an answer to each question. */
export interface StartedTask {
  readonly evidence: unknown;
  answer(question: unknown): unknown;
}

/** The worker's part: posts the evidence, then an answer for each question that `listen` hands over. */
export async function serveTask(
  task: Task,
  post: (reply: Reply) => void,
  listen: (answer: (question: unknown) => void) => void,
): Promise<void> {
  const attempt = async (compute: () => unknown) => {
    try {
      post({ value: await compute() });
    } catch (error) {
      post({ error: error instanceof Error ? error.message : String(error) });
    }
  };
  await attempt(async () => {
    const started = await (task.work === "kernels" ? startKernelTask(task) : startEngineTask(task));
    listen((question) => attempt(() => started.answer(question)));
    return started.evidence;
  });
}
