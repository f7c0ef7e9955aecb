/** `charloom bench`: the bench lives beside the library, in a bundle of its own, and is loaded when it is asked for. */

import { constants } from "node:fs";
import { asUsage, UsageError } from "./arguments.ts";
import { checkFolder, checkTarget } from "./output-file.ts";
import { Terminal } from "./terminal.ts";

/** What commander makes of the command line. */
export interface BenchOptions {
  readonly only?: string;
  readonly quick?: boolean;
  readonly scaling?: boolean;
  readonly json?: string;
}

/** What dist/bench/main.js exports (bench/main.ts). */
interface BenchModule {
  parseParts(option: string, text: string): string[];
  benchInNode(
    options: BenchOptions,
    commandArguments: readonly string[],
    output: { print(text: string): void; progress(text: string): void },
  ): Promise<void>;
}

/** Runs the command; returns its exit code. */
export async function bench(options: BenchOptions): Promise<number> {
  const { only, json, scaling } = options;
  if (only !== undefined && scaling === true) {
    throw new UsageError("--only: expected without --scaling, which has no such parts, got both");
  }
  if (json !== undefined) {
    checkFolder(json, "--json", constants.W_OK);
    checkTarget(json);
  }
  const name = "#bench"; // not for the compiler to look up: it is built after this
  const { benchInNode, parseParts }: BenchModule = await import(name);
  if (only !== undefined) asUsage(() => parseParts("--only", only));
  const terminal = new Terminal(false);
  const given = process.argv.slice(process.argv.indexOf("bench") + 1);
  await benchInNode(options, given, {
    print: (text) => void terminal.output(`${text}\n`),
    progress: (text) => terminal.progress(text),
  });
  terminal.clearLive();
  return 0;
}
