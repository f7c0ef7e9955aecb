/**
 * Loading the WebAssembly core: decoded and compiled once a process, instantiated once a model, and refused if module and
 * host were not built together. There are two builds of it, one for each numerics class.
 */

import { instantiate } from "@assemblyscript/loader";
import { ABI_VERSION, NAME_BYTES } from "../../assembly/abi/constants.ts";
import type { CoreExports } from "./generated/core-exports.ts";
import { CORE_WASM_BASE64 } from "./generated/core-wasm.ts";

export type { CoreExports };

export const NUMERICS = ["strict", "fused"] as const;

/**
 * How products are summed. "strict": every product is rounded before it is added, so that all engines agree; "fused": product
 * and sum are rounded once, by relaxed SIMD's multiply-add, so that all engines agree which have one.
 */
export type Numerics = (typeof NUMERICS)[number];

const compiled = new Map<Numerics, Promise<WebAssembly.Module>>();

/**
 * A fresh instance with a memory of its own. Throws an Error where WebAssembly with SIMD is missing, a RangeError where fused
 * numerics are.
 */
export async function instantiateCore(numerics: Numerics = "strict"): Promise<CoreExports> {
  let module = compiled.get(numerics);
  if (module === undefined) {
    module = numerics === "strict" ? compileStrict() : compileFused();
    compiled.set(numerics, module);
  }
  const { exports } = await instantiate<Record<string, unknown>>(await module, {});
  const core = exports as unknown as CoreExports;
  const version = core.abiVersion();
  if (version !== ABI_VERSION) {
    throw new Error(`core.wasm: expected ABI version ${ABI_VERSION}, got ${version}; rebuild with npm run build`);
  }
  // (1 + ε)(1 - ε) - 1 is -ε², of which a product that was rounded to a float has nothing left
  if (numerics === "fused" && core.probeMultiplyAdd(1 + PROBE, 1 - PROBE, -1) === 0) throw notFused();
  return core;
}

const PROBE = 2 ** -13;

async function compileFused(): Promise<WebAssembly.Module> {
  const { CORE_WASM_BASE64: base64 } = await import("./generated/core-fused-wasm.ts");
  const bytes = decode(base64);
  if (!WebAssembly.validate(bytes)) enableRelaxedSimd();
  if (!WebAssembly.validate(bytes)) throw notFused();
  return WebAssembly.compile(bytes);
}

/** Node 20 has relaxed SIMD behind a flag, which counts for what is compiled after it is set. */
function enableRelaxedSimd(): void {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  const v8 = process?.getBuiltinModule?.("node:v8") as { setFlagsFromString(flags: string): void } | undefined;
  v8?.setFlagsFromString("--experimental-wasm-relaxed-simd");
}

function notFused(): RangeError {
  return new RangeError(
    "numerics: expected an engine whose relaxed SIMD fuses multiply and add, for fused, got one that does not; use strict",
  );
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

async function compileStrict(): Promise<WebAssembly.Module> {
  const bytes = decode(CORE_WASM_BASE64);
  if (!WebAssembly.validate(bytes)) {
    throw new Error(
      "WebAssembly: expected an engine with SIMD (Node 20, or a browser of 2023), got one without; use the js backend",
    );
  }
  return WebAssembly.compile(bytes);
}

/** The cells and optimizers that the module knows, in the order of their indices. */
export function readRegistries(core: CoreExports): { cells: string[]; optimizers: string[] } {
  return {
    cells: readNames(core, core.cellCount(), core.cellName),
    optimizers: readNames(core, core.optimizerCount(), core.optimizerName),
  };
}

/** Reads `count` names that the module writes to a buffer. */
export function readNames(
  core: CoreExports,
  count: number,
  write: (index: number, buffer: number) => number,
): string[] {
  const buffer = core.allocate(NAME_BYTES);
  const names: string[] = [];
  for (let i = 0; i < count; i++) {
    const length = write(i, buffer);
    names.push(new TextDecoder().decode(new Uint8Array(core.memory.buffer, buffer, length)));
  }
  return names;
}
