/**
 * `charloom bench` in Node: charloom's WebAssembly against plain TypeScript and against what the processor does at most. The
 * command line (src/cli/bench.ts) loads this from dist/bench, where it is bundled with its timer; the library that it measures is
 * the one it is installed with.
 */

import { writeFile } from "node:fs/promises";
import { fileError } from "../src/data/files.ts";
import { DisagreementError } from "./agreement.ts";
import { type BenchListener, parseParts, runBench } from "./bench.ts";
import { nodeHost } from "./node-host.ts";
import { runScaling } from "./scaling/scaling.ts";
import { sectionText } from "./section.ts";
import { describeSurroundings, surroundingsText } from "./surroundings.ts";

export { parseParts };

export interface BenchOptions {
  /** Names of BENCH_PARTS with commas between. */
  readonly only?: string;
  readonly quick?: boolean;
  readonly scaling?: boolean;
  /** Where the figures go as JSON. */
  readonly json?: string;
}

export interface BenchOutput {
  /** Lines of the result. */
  print(text: string): void;
  /** What is being measured now. */
  progress(text: string): void;
}

/** Prints as it measures. Throws a DisagreementError where contenders disagree. */
export async function benchInNode(
  options: BenchOptions,
  commandArguments: readonly string[],
  output: BenchOutput,
): Promise<void> {
  const surroundings = describeSurroundings(commandArguments);
  output.print(`charloom bench\n\n${surroundingsText(surroundings)}\n`);
  const listener: BenchListener = {
    progress: (what) => output.progress(`measuring ${what}`),
    section: (section) => output.print(`\n${sectionText(section)}`),
  };
  const results =
    options.scaling === true
      ? await runScaling(options.quick === true, listener)
      : await workloads(options, listener, output);
  if (options.json !== undefined) {
    const text = `${JSON.stringify({ ...surroundings, ...results }, null, 2)}\n`;
    await writeFile(options.json, text).catch((error) => {
      throw fileError(options.json!, error);
    });
    output.print(`\nwritten to ${options.json}`);
  }
}

async function workloads({ only, quick = false }: BenchOptions, listener: BenchListener, output: BenchOutput) {
  output.print(
    "Verified, then timed in turns. Figures are medians of the rounds; `is` tells how many times as fast, a ratio of medians;\n" +
      "`rounds` are the least and the greatest.",
  );
  try {
    const parts = only === undefined ? undefined : parseParts("--only", only);
    return await runBench(nodeHost, { only: parts, quick }, listener);
  } catch (error) {
    if (error instanceof DisagreementError)
      error.message = `results disagree, so nothing further is timed: ${error.message}`;
    throw error;
  }
}
