import type { Engine, EngineConfig } from "../src/core/engine.ts";
import { createWasmEngine } from "../src/core/wasm-engine.ts";
import type { Numerics } from "../src/core/wasm-module.ts";
import { createReferenceEngine } from "../src/reference/reference-engine.ts";

/** The WebAssembly engine in one of its numerics classes, or the plain TypeScript reference in float64. */
export type EngineKind = Numerics | "reference";

/** The one place where the bench makes an engine. `threads` is for the WebAssembly engine alone. */
export function openEngine(config: EngineConfig, kind: EngineKind, threads: number): Promise<Engine> {
  return kind === "reference"
    ? Promise.resolve(createReferenceEngine(config, "float64"))
    : createWasmEngine(config, { numerics: kind, threads });
}
