/** The bench in a browser: module workers, modules from the network. */

import strictUrl from "../../build/kernels.wasm?url";
import fusedUrl from "../../build/kernels-fused.wasm?url";
import type { BenchHost } from "../host.ts";

export const browserHost: BenchHost = {
  processors: navigator.hardwareConcurrency,

  startWorker(task) {
    const worker = new Worker(new URL("./browser-worker.ts", import.meta.url), { type: "module" });
    worker.postMessage(task);
    return {
      send: (message) => worker.postMessage(message),
      receive: () =>
        new Promise((resolve, reject) => {
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => reject(new Error(message || "a worker could not be started"));
        }),
      terminate: async () => worker.terminate(),
    };
  },

  async readKernels(numerics) {
    const url = numerics === "strict" ? strictUrl : fusedUrl;
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: expected the module, got ${response.status} ${response.statusText}`);
    return new Uint8Array(await response.arrayBuffer());
  },
};
