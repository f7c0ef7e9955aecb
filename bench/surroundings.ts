/** What a figure is worth nothing without: the command, the machine, the engine, the size of the module. */

import { cpus, loadavg } from "node:os";
import { CORE_WASM_BASE64 } from "../src/core/generated/core-wasm.ts";
import type { Python } from "./numpy-contender.ts";

export interface Surroundings {
  readonly command: string;
  readonly date: string;
  readonly processor: string;
  readonly processors: number;
  /** Of the last minute, when the bench began: what others were doing. */
  readonly loadAverage: number;
  readonly node: string;
  readonly v8: string;
  /** None where no Python has numpy. */
  readonly python: readonly string[];
  readonly coreWasmBytes: number;
}

export function describeSurroundings(commandArguments: readonly string[], pythons: readonly Python[]): Surroundings {
  const inScript = process.env.npm_lifecycle_event === "bench";
  const command = inScript
    ? ["npm run bench", ...(commandArguments.length > 0 ? ["--"] : [])]
    : ["node build/bench.mjs"];
  return {
    command: [...command, ...commandArguments].join(" "),
    date: new Date().toISOString(),
    processor: cpus()[0]?.model.trim() ?? "unknown",
    processors: cpus().length,
    loadAverage: loadavg()[0]!,
    node: process.version,
    v8: process.versions.v8,
    python: pythons.map(({ description }) => description),
    // of the bytes that run, which are these and not a file's
    coreWasmBytes: atob(CORE_WASM_BASE64).length,
  };
}

export function surroundingsText(surroundings: Surroundings): string {
  const { command, date, processor, processors, loadAverage, node, v8, python, coreWasmBytes } = surroundings;
  return [
    `command    ${command}`,
    `date       ${date}`,
    `machine    ${processor}, ${processors} processors, load average ${loadAverage.toFixed(2)} at the start`,
    `engine     Node ${node}, V8 ${v8}`,
    ...(python.length > 0 ? python : ["no python3 with numpy found; its rows are left out"]).map(
      (line) => `numpy      ${line}`,
    ),
    `core.wasm  ${coreWasmBytes.toLocaleString("en-US")} bytes`,
  ].join("\n");
}
