/** What a worker thread of the bench in Node runs. */

import { parentPort, workerData } from "node:worker_threads";
import { serveTask, type Task } from "./task.ts";

const port = parentPort!;
await serveTask(
  workerData as Task,
  (reply) => port.postMessage(reply),
  (answer) => port.on("message", answer),
);
