/** What a figure is worth nothing without: the command, the machine, the engine, the sizes of the modules. */

import { cpus, loadavg } from "node:os";
import FUSED_BASE64 from "../src/core/generated/core-fused-wasm.ts";
import STRICT_BASE64 from "../src/core/generated/core-wasm.ts";
import { VERSION } from "../src/core/generated/version.ts";

export interface Surroundings {
  readonly command: string;
  readonly date: string;
  readonly version: string;
  readonly processor: string;
  readonly processors: number;
  /** Of the last minute, when the bench began: what others were doing. */
  readonly loadAverage: number;
  readonly node: string;
  readonly v8: string;
  readonly coreWasmBytes: number;
  readonly coreFusedWasmBytes: number;
}

export function describeSurroundings(commandArguments: readonly string[]): Surroundings {
  return {
    command: ["charloom bench", ...commandArguments].join(" "),
    date: new Date().toISOString(),
    version: VERSION,
    processor: cpus()[0]?.model.trim() ?? "unknown",
    processors: cpus().length,
    loadAverage: loadavg()[0]!,
    node: process.version,
    v8: process.versions.v8,
    // of the bytes that run, which are these and not a file's
    coreWasmBytes: atob(STRICT_BASE64).length,
    coreFusedWasmBytes: atob(FUSED_BASE64).length,
  };
}

export function surroundingsText(surroundings: Surroundings): string {
  const { command, date, version, processor, processors, loadAverage, node, v8, ...sizes } = surroundings;
  const bytes = (size: number) => size.toLocaleString("en-US");
  return [
    `command    ${command}`,
    `date       ${date}`,
    `machine    ${processor}, ${processors} processors, load average ${loadAverage.toFixed(2)} at the start`,
    `engine     Node ${node}, V8 ${v8}`,
    `charloom   ${version}; core.wasm ${bytes(sizes.coreWasmBytes)} bytes, fused ${bytes(sizes.coreFusedWasmBytes)}`,
  ].join("\n");
}
