/** `charloom presets`: the systems that people know, a line each. */

import { PRESETS } from "../model/presets.ts";
import { Terminal } from "./terminal.ts";

/** Runs the command; returns its exit code. */
export async function presets({ json = false }: { readonly json?: boolean }): Promise<number> {
  const terminal = new Terminal(false);
  if (json) {
    await terminal.output(`${JSON.stringify(PRESETS, null, 2)}\n`);
    return 0;
  }
  const width = Math.max(...Object.keys(PRESETS).map((name) => name.length));
  for (const [name, { description }] of Object.entries(PRESETS)) {
    await terminal.output(`${name.padEnd(width)}  ${description}\n`);
  }
  return 0;
}
