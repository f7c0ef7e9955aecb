/** The runtimes and compilers that hosts of the module want, where they are installed. */

import { type ChildProcess, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
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
  if (!present) console.warn(`Skipped, since what it runs is not there: ${name}. To run it, ${advice}.`);
  describe.skipIf(!present)(name, declare);
}

/** What a program prints to standard output. Throws what it says if it fails. */
export function outputOf(program: string, ...parameters: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, parameters, { encoding: "utf8" });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${parameters.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** What a server answers once it is up. Throws what it says if it ends before. */
export async function answerOf(server: ChildProcess, url: string): Promise<string> {
  let said = "";
  server.stderr!.on("data", (data) => {
    said += data;
  });
  while (server.exitCode === null) {
    const response = await fetch(url).catch(() => undefined);
    if (response !== undefined) return response.text();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`expected ${url} to be served, got an end of the server: ${said}`);
}
