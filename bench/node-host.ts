/** The bench in Node: worker threads, modules from files. */

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { BenchHost } from "./host.ts";

export const nodeHost: BenchHost = {
  processors: availableParallelism(),

  startWorker(task) {
    // beside this file's bundle (scripts/build-bench.mjs)
    const worker = new Worker(new URL("./node-worker.js", import.meta.url), { workerData: task });
    return {
      send: (message) => worker.postMessage(message),
      receive: async () => (await once(worker, "message"))[0],
      terminate: async () => {
        await worker.terminate();
      },
    };
  },

  async readKernels(numerics) {
    const name = numerics === "strict" ? "kernels.wasm" : "kernels-fused.wasm";
    // from dist/bench/ as build/ lies beside dist/
    const file = new URL(`../../build/${name}`, import.meta.url);
    return new Uint8Array(
      await readFile(file).catch(() => {
        throw new Error(`build/${name}: not found beside the bench; run npm run build`);
      }),
    );
  },
};
