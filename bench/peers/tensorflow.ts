/** TensorFlow.js, which is no dependency of this project: it races where somebody has installed it. */

import { createRequire } from "node:module";
import { join } from "node:path";
import { PEERS } from "./location.ts";
import type { Program } from "./process-contender.ts";

export interface TensorFlow {
  readonly version: string;
  readonly program: Program;
}

/** Undefined unless both of its packages can be imported from here. */
export function findTensorFlow(): TensorFlow | undefined {
  const require = createRequire(join(PEERS, "tfjs-rnn.mjs"));
  try {
    const { version } = require("@tensorflow/tfjs/package.json") as { version: string };
    require.resolve("@tensorflow/tfjs-backend-wasm");
    return { version, program: { command: process.execPath, arguments: [join(PEERS, "tfjs-rnn.mjs")] } };
  } catch {
    return undefined;
  }
}
