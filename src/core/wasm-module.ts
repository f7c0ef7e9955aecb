/**
 * Loading the WebAssembly core: decoded and compiled once a process, instantiated once a model, and refused if module and
 * host were not built together.
 */

import { instantiate } from "@assemblyscript/loader";
import { ABI_VERSION, NAME_BYTES } from "../../assembly/abi/constants.ts";
import type { CoreExports } from "./generated/core-exports.ts";
import { CORE_WASM_BASE64 } from "./generated/core-wasm.ts";

export type { CoreExports };

let compiled: Promise<WebAssembly.Module> | undefined;

/** A fresh instance with a memory of its own. Throws an Error where WebAssembly with SIMD is missing. */
export async function instantiateCore(): Promise<CoreExports> {
  compiled ??= compile();
  const { exports } = await instantiate<Record<string, unknown>>(await compiled, {});
  const core = exports as unknown as CoreExports;
  const version = core.abiVersion();
  if (version !== ABI_VERSION) {
    throw new Error(`core.wasm: expected ABI version ${ABI_VERSION}, got ${version}; rebuild with npm run build`);
  }
  return core;
}

async function compile(): Promise<WebAssembly.Module> {
  const bytes = Uint8Array.from(atob(CORE_WASM_BASE64), (character) => character.charCodeAt(0));
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
