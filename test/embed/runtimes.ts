/** The runtimes and compilers that hosts of the module want, where they are installed. */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe } from "vitest";

/** Where `npm ci` in the folder of the hosts puts its programs. */
const INSTALLED = "examples/embed/node_modules/.bin";

/** The path of a program, from the hosts' own folder first; undefined if it is nowhere. */
export function findCommand(name: string): string | undefined {
  const folders = [INSTALLED, ...(process.env.PATH ?? "").split(delimiter)];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Whether there are a C compiler, SIMDe and wasm2c, which examples/embed/c/build.sh wants. */
export function canBuildC(): boolean {
  if (!existsSync(join(INSTALLED, "wasm2c"))) return false;
  const compiler = process.env.CC ?? "cc";
  return spawnSync(compiler, ["-E", "-"], { input: "#include <simde/wasm/simd128.h>" }).status === 0;
}

/** Declares a suite, or says that it is skipped and what to do to run it. */
export function describeWhere(present: boolean, name: string, advice: string, declare: () => void): void {
  if (!present) console.warn(`No ${name} found: the host's test is skipped. To run it, ${advice}.`);
  describe.skipIf(!present)(name, declare);
}

/** What a program prints to standard output. Throws what it says if it fails. */
export function outputOf(program: string, ...parameters: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, parameters, { encoding: "utf8" });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${parameters.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}
