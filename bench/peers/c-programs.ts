/** The C programs, compiled on this machine when the bench runs, for the instructions that a race is about. */

import { execFile, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { BUILD, PEERS } from "./location.ts";

export interface Compiler {
  readonly command: string;
  /** "gcc (Debian 12.2.0-14) 12.2.0". */
  readonly description: string;
}

export const C_BUILDS = ["128", "128-fma", "native"] as const;
export type CBuild = (typeof C_BUILDS)[number];

/** What each is called in a table, and gcc's flags for it. */
export const C_BUILD_FLAGS: Readonly<Record<CBuild, { readonly name: string; readonly flags: readonly string[] }>> = {
  "128": { name: "C, 128 bits", flags: ["-msse4.2"] },
  // FMA comes with AVX's encoding; gcc would take registers of 256 bits where they are, so it is told not to
  "128-fma": { name: "C, 128 bits, FMA", flags: ["-mavx2", "-mfma", "-mprefer-vector-width=128"] },
  native: { name: "C, native", flags: ["-march=native"] },
};

const COMMON_FLAGS = ["-std=gnu11", "-O3", "-ffast-math"];

/** Undefined where there is no gcc. */
export function findCompiler(command = "gcc"): Compiler | undefined {
  const { status, stdout } = spawnSync(command, ["--version"], { encoding: "utf8" });
  return status === 0 ? { command, description: stdout.split("\n")[0]! } : undefined;
}

/** The path of the program that does a task, in each build that this processor can run. */
export async function compileRnn(compiler: Compiler): Promise<Map<CBuild, string>> {
  const all = await readdir(join(PEERS, "c"));
  const sources = all.filter((name) => name.endsWith(".c") && name !== "peak.c");
  return compileBuilds(compiler, "rnn", sources, C_BUILDS);
}

/** GFLOP/s of one core in registers of 128 bits, in each build that this processor can run. */
export async function measurePeak(compiler: Compiler): Promise<Map<CBuild, number>> {
  const programs = await compileBuilds(compiler, "peak", ["peak.c"], ["128", "128-fma"]);
  const peaks = new Map<CBuild, number>();
  for (const [build, program] of programs) {
    const { stdout } = await promisify(execFile)(program);
    peaks.set(build, Number(stdout));
  }
  return peaks;
}

/** Whether this processor has the instructions; taken for granted where the system does not tell. */
function runsHere(build: CBuild): boolean {
  if (build !== "128-fma" || !existsSync("/proc/cpuinfo")) return true;
  const flags =
    readFileSync("/proc/cpuinfo", "utf8")
      .match(/^flags.*$/m)?.[0]
      .split(" ") ?? [];
  return ["avx2", "fma"].every((name) => flags.includes(name));
}

async function compileBuilds(
  { command }: Compiler,
  program: string,
  sources: readonly string[],
  builds: readonly CBuild[],
): Promise<Map<CBuild, string>> {
  await mkdir(BUILD, { recursive: true });
  const paths = new Map<CBuild, string>();
  for (const build of builds.filter(runsHere)) {
    const path = join(BUILD, `${program}-${build}`);
    const files = sources.map((name) => join(PEERS, "c", name));
    const flags = [...COMMON_FLAGS, ...C_BUILD_FLAGS[build].flags];
    await promisify(execFile)(command, [...flags, ...files, "-o", path, "-lm"]);
    paths.set(build, path);
  }
  return paths;
}
