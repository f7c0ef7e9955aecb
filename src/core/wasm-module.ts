/**
 * Loading the WebAssembly core: decoded and compiled once a process, instantiated once a model and thread, and refused if module
 * and host were not built together. There are four builds of the same sources: for each numerics class one with a memory of its
 * own, and one over a shared memory, for threads.
 *
 * Each build comes as its bytes in base64, which every bundler and runtime loads alike. A host that compiles no bytes, Cloudflare's
 * workers for one, has the condition "workerd" of the package's `imports`, by which the same names are the modules themselves.
 */

import { instantiate, instantiateSync } from "@assemblyscript/loader";
import { ABI_VERSION } from "../../assembly/abi/constants.ts";
import { compileSource, type ModuleSource } from "./compile.ts";
import { InvalidValueError, UnsupportedError } from "./errors.ts";
import type { CoreExports } from "./generated/core-exports.ts";
import type { WasmMemory, WasmModule } from "./host-types.ts";
import { readNames } from "./module-tensors.ts";
import { NUMERICS, type Numerics } from "./numerics.ts";

export type { CoreExports };

export { NUMERICS, type Numerics };

type Build = "core" | "core-fused" | "core-threads" | "core-fused-threads";

const SOURCES: Readonly<Record<Build, () => Promise<{ readonly default: ModuleSource }>>> = {
  core: () => import("#core-wasm"),
  "core-fused": () => import("#core-fused-wasm"),
  "core-threads": () => import("#core-threads-wasm"),
  "core-fused-threads": () => import("#core-fused-threads-wasm"),
};

const compiled = new Map<Build, Promise<WebAssembly.Module>>();

/**
 * The module for a numerics class, for a memory of its own or for a shared one. Throws an UnsupportedError where WebAssembly with SIMD (or
 * threads) is missing, a RangeError where fused numerics are.
 */
export function compileCore(numerics: Numerics, shared = false): Promise<WasmModule> {
  const build: Build = `${numerics === "fused" ? "core-fused" : "core"}${shared ? "-threads" : ""}`;
  let module = compiled.get(build);
  if (module === undefined) {
    module = compile(build);
    compiled.set(build, module);
  }
  return module;
}

/**
 * A fresh instance, with a memory of its own or, of the threaded build, over the given shared one; of the given module, where the
 * host has one of its own. Throws as `compileCore` does, and an InvalidValueError for a module that is no core of this version.
 */
export async function instantiateCore(
  numerics: Numerics = "strict",
  { memory, module: given }: { memory?: WasmMemory; module?: WasmModule } = {},
): Promise<CoreExports> {
  if (given !== undefined) checkModule(given);
  const module = given ?? (await compileCore(numerics, memory !== undefined));
  const imports = memory === undefined ? {} : { env: { memory } };
  // the asynchronous form looks for a Response, and with the word alone Node loads its fetch; pages may not take the other one
  const { exports } =
    builtinModule("node:v8") === undefined
      ? await instantiate<Record<string, unknown>>(module, imports)
      : instantiateSync<Record<string, unknown>>(module, imports);
  const core = exports as unknown as CoreExports;
  const version = core.abiVersion();
  if (version !== ABI_VERSION) {
    const advice = given === undefined ? "rebuild with npm run build" : "take charloom/core.wasm of this version";
    throw new InvalidValueError(`core.wasm: expected ABI version ${ABI_VERSION}, got ${version}; ${advice}`);
  }
  // (1 + ε)(1 - ε) - 1 is -ε², of which a product that was rounded to a float has nothing left
  if (numerics === "fused" && core.probeMultiplyAdd(1 + PROBE, 1 - PROBE, -1) === 0) throw notFused();
  return core;
}

const PROBE = 2 ** -13;

/** Throws an InvalidValueError for a module of something else, or one that wants a shared memory. */
function checkModule(module: WebAssembly.Module): void {
  const imports = WebAssembly.Module.imports(module);
  const known = WebAssembly.Module.exports(module).some(({ name }) => name === "trainStep");
  if (known && imports.length === 0) return;
  const got = known ? `one that imports ${imports.map(({ name }) => name).join(", ")}` : "another module";
  throw new InvalidValueError(`module: expected charloom/core.wasm or core-fused.wasm, got ${got}`);
}

async function compile(build: Build): Promise<WebAssembly.Module> {
  const { default: source } = await SOURCES[build]();
  const fused = build.startsWith("core-fused");
  try {
    return await compileSource(source, build.endsWith("threads") ? "SIMD and threads" : "SIMD", (bytes) => {
      if (fused && !WebAssembly.validate(bytes)) enableRelaxedSimd();
    });
  } catch (error) {
    throw fused && error instanceof UnsupportedError ? notFused() : error;
  }
}

/** Node 20 has relaxed SIMD behind a flag, which counts for what is compiled after it is set. */
function enableRelaxedSimd(): void {
  const v8 = builtinModule("node:v8") as { setFlagsFromString(flags: string): void } | undefined;
  v8?.setFlagsFromString("--experimental-wasm-relaxed-simd");
}

/** A module of Node, where this is Node; no bundler follows it. */
export function builtinModule(name: string): unknown {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  return process?.getBuiltinModule?.(name);
}

function notFused(): InvalidValueError {
  return new InvalidValueError(
    "numerics: expected an engine whose relaxed SIMD fuses multiply and add, for fused, got one that does not; use strict",
  );
}

/** The cells and optimizers that the module knows, in the order of their indices. */
export function readRegistries(core: CoreExports): { cells: string[]; optimizers: string[] } {
  return {
    cells: readNames(core, core.cellCount(), core.cellName),
    optimizers: readNames(core, core.optimizerCount(), core.optimizerName),
  };
}
