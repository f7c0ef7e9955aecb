/** Runs in the browser: what the tests call there. */

import { type TrainingJob, type TrainingOutcome, train } from "./train.ts";
import type { WorkerReply } from "./train-worker.ts";

/** Where in the browser: on a page's main thread, or in a worker of it. */
export type Place = "page" | "worker";

declare global {
  interface Window {
    trainInPage(job: TrainingJob, place: Place): Promise<TrainingOutcome>;
  }
}

window.trainInPage = (job, place) => (place === "worker" ? trainInWorker(job) : train(job));

async function trainInWorker(job: TrainingJob): Promise<TrainingOutcome> {
  const worker = new Worker(new URL("./train-worker.ts", import.meta.url), { type: "module" });
  try {
    const reply = await new Promise<WorkerReply>((resolve, reject) => {
      worker.addEventListener("message", ({ data }) => resolve(data));
      worker.addEventListener("error", ({ message }) => reject(new Error(`train-worker.ts: ${message}`)));
      worker.postMessage(job);
    });
    if ("error" in reply) throw reply.error;
    return reply.outcome;
  } finally {
    worker.terminate();
  }
}
