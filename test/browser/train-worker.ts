/** A module worker that trains: there a thread may wait for others, which a page's main thread must not. */

import { type TrainingJob, type TrainingOutcome, train } from "./train.ts";

export type WorkerReply = { readonly outcome: TrainingOutcome } | { readonly error: unknown };

addEventListener("message", async ({ data }: MessageEvent<TrainingJob>) => {
  postMessage(await reply(data));
});

/** An error is told, too: of an asynchronous one the page would not hear. */
async function reply(job: TrainingJob): Promise<WorkerReply> {
  try {
    return { outcome: await train(job) };
  } catch (error) {
    return { error };
  }
}
