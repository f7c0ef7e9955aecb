import type { Engine, EngineConfig } from "../src/core/engine.ts";
import { createWasmEngine } from "../src/core/wasm-engine.ts";
import type { Numerics } from "../src/core/wasm-module.ts";
import { createReferenceEngine } from "../src/reference/reference-engine.ts";

/** The WebAssembly engine in one of its numerics classes, or the plain TypeScript reference in float64. */
export type EngineKind = Numerics | "reference";

/** Threads that one engine can use. */
export const MOST_THREADS = 1;

/** The one place where the bench makes an engine. `threads` is for the WebAssembly engine alone. */
export function openEngine(config: EngineConfig, kind: EngineKind, threads: number): Promise<Engine> {
  if (threads > MOST_THREADS) throw new RangeError(`threads: expected at most ${MOST_THREADS}, got ${threads}`);
  return kind === "reference"
    ? Promise.resolve(createReferenceEngine(config, "float64"))
    : createWasmEngine(config, kind);
}
