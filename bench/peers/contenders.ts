/** Who races on which workload, in the order of the tables. Whoever lacks what it needs is left out with a word. */

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { instantiateCore } from "../../src/core/wasm-module.ts";
import type { Entry } from "../engine-race.ts";
import type { Workload } from "../workloads.ts";
import { C_BUILD_FLAGS, C_BUILDS, type CBuild, type Compiler, compileRnn, findCompiler } from "./c-programs.ts";
import type { EngineName } from "./charloom-program.ts";
import { PEERS } from "./location.ts";
import { ProcessContender, type Program } from "./process-contender.ts";
import { findPythons, type Python } from "./pythons.ts";
import type { Task } from "./task.ts";
import { findTensorFlow, type TensorFlow } from "./tensorflow.ts";

/**
 * How far evidence in float32 may lie from float64's, as a fraction, of losses each of itself: ten times what was measured.
 * Steps change a loss by a hundredth at least, so that a gradient or an update that is wrong shows.
 */
export const FLOAT32_TOLERANCE = 1e-5;
/** numpy computes in float64, in another order. */
const FLOAT64_TOLERANCE = 1e-9;

/** A contender, and what it is compared as: those of a family and as many threads are told by their best. */
export interface Racer extends Entry {
  readonly family: string;
  readonly threads: number;
}

/** What this machine has. */
export interface Surroundings {
  readonly fused: boolean;
  readonly compiler: Compiler | undefined;
  readonly rnn: ReadonlyMap<CBuild, string>;
  readonly numpy: readonly Python[];
  readonly torch: readonly Python[];
  readonly tensorFlow: TensorFlow | undefined;
  /** How many threads contenders that can use several are given. */
  readonly threads: number;
}

export async function findSurroundings(): Promise<Surroundings> {
  const compiler = findCompiler();
  return {
    fused: await instantiateCore("fused").then(
      () => true,
      () => false,
    ),
    compiler,
    rnn: compiler === undefined ? new Map() : await compileRnn(compiler),
    numpy: findPythons("numpy"),
    torch: findPythons("torch"),
    tensorFlow: findTensorFlow(),
    threads: Math.min(2, availableParallelism()),
  };
}

/** One line for each that cannot race. */
export function missing({ fused, compiler, rnn, numpy, torch, tensorFlow, threads }: Surroundings): string[] {
  return [
    ...(fused ? [] : ["charloom fused: this engine does not fuse multiply and add"]),
    ...(compiler === undefined ? ["C: no gcc"] : []),
    ...(compiler === undefined ? [] : C_BUILDS.filter((build) => !rnn.has(build))).map(
      (build) => `${C_BUILD_FLAGS[build].name}: this processor has no FMA`,
    ),
    ...(numpy.length > 0 ? [] : ["numpy: no python3 has it"]),
    ...(torch.length > 0 ? [] : ["PyTorch: no python3 has it"]),
    ...(tensorFlow !== undefined ? [] : ["TensorFlow.js: not installed"]),
    ...(threads > 1 ? [] : ["2 threads: this machine has 1 processor"]),
  ];
}

/** The first is charloom strict on one thread, which the tables compare the others with. */
export function racersOf(workload: Workload, task: Task, surroundings: Surroundings): Racer[] {
  const racer = (family: string, name: string, threads: number, program: Program, tolerance = FLOAT32_TOLERANCE) => ({
    family,
    threads,
    tolerance,
    contender: new ProcessContender(name, program, task),
  });
  const { fused, rnn, numpy, torch, tensorFlow, threads } = surroundings;
  const racers: Racer[] = [];
  // a sampler of charloom's has one thread
  for (const count of workload.work === "training" ? threadCounts(workload, threads) : [1]) {
    for (const engine of ["strict", ...(fused ? ["fused"] : [])] as EngineName[]) {
      racers.push(
        racer(`charloom ${engine}`, `charloom ${engine}${threadsText(count)}`, count, charloom(engine, count)),
      );
    }
  }
  if (isSmall(workload)) {
    racers.push(racer("TypeScript", "TypeScript float64", 1, charloom("float64", 1), FLOAT64_TOLERANCE));
  }
  for (const [build, command] of rnn) {
    const { name } = C_BUILD_FLAGS[build];
    racers.push(racer(name, name, 1, { command, arguments: [] }));
  }
  for (const python of knownToNumpy(workload) ? numpy : []) {
    for (const form of workload.work === "training" ? ["step", "chunk"] : ["step"]) {
      const name = `numpy ${python.version} by ${form}`;
      racers.push(racer("numpy", name, 1, pythonProgram(python, ["min_char_rnn.py", form], 1, 1), FLOAT64_TOLERANCE));
    }
  }
  for (const python of torch) {
    const name = `PyTorch ${python.version}`;
    for (const count of threadCounts(workload, threads)) {
      const program = pythonProgram(python, ["torch_rnn.py"], count, count);
      racers.push(racer("PyTorch", `${name}${threadsText(count)}`, count, program));
      if (count === 1) continue;
      const blasOnly = pythonProgram(python, ["torch_rnn.py"], 1, count);
      racers.push(racer("PyTorch", `${name}, ${count} threads of BLAS`, count, blasOnly));
    }
  }
  if (tensorFlow !== undefined && ["W1", "W2"].includes(workload.name)) {
    racers.push(racer("TensorFlow.js", `TensorFlow.js ${tensorFlow.version}`, 1, tensorFlow.program));
  }
  return racers;
}

/** Threads help only where products are large. */
function threadCounts({ config }: Workload, most: number): number[] {
  return config.batchSize > 1 || config.hiddenSize >= 512 ? [...new Set([1, most])] : [1];
}

function threadsText(count: number): string {
  return count === 1 ? "" : `, ${count} threads`;
}

/** Whether plain TypeScript gets through it within a round. */
function isSmall({ config, work }: Workload): boolean {
  return config.batchSize === 1 && (work === "training" || config.hiddenSize < 512);
}

/** What min_char_rnn.py computes. */
function knownToNumpy({ config }: Workload): boolean {
  return config.cell === "rnn";
}

function charloom(engine: EngineName, threads: number): Program {
  // the bundle is one file, which as a process takes a contender's part (main.ts)
  return { command: process.execPath, arguments: [process.argv[1]!, "--contender", engine, String(threads)] };
}

/**
 * A Python program on so many threads of OpenMP and of BLAS. Passive waiting is the fair setting for several: without it
 * the threads of one library spin while those of the other work, which on two busy processors cost PyTorch 24 parts of 25.
 */
function pythonProgram(python: Python, [program, ...rest]: string[], openMp: number, blas: number): Program {
  return {
    command: python.command,
    arguments: [join(PEERS, program!), ...rest],
    environment: {
      OMP_NUM_THREADS: String(openMp),
      OPENBLAS_NUM_THREADS: String(blas),
      MKL_NUM_THREADS: String(blas),
      OMP_WAIT_POLICY: "passive",
      GOMP_SPINCOUNT: "0",
    },
  };
}
