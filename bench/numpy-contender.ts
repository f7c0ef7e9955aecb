/** peers/min_char_rnn.py as a contender: one Python process, JSON lines in and out, one thread. */

import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { MIN_CHAR_RNN } from "../src/model/recipe.ts";
import type { Contender } from "./contender.ts";
import { ENGINE_CONFIG, type Problem } from "./problem.ts";

// from build/bench.mjs as from bench/
const PROGRAM = fileURLToPath(new URL("../bench/peers/min_char_rnn.py", import.meta.url));
/**
 * Where numpy is, versions, and the library that makes its products, as far as the system tells which it has loaded.
 */
const PROBE = `
import json, os, platform, numpy
maps = open("/proc/self/maps").read().split() if os.path.exists("/proc/self/maps") else []
blas = [os.path.basename(path) for path in maps if "/" in path and "blas" in os.path.basename(path)]
print(json.dumps([numpy.__file__, platform.python_version(), numpy.__version__, blas[0] if blas else "BLAS unknown"]))
`;

/**
 * How the Python program sums: as min-char-rnn does, or with one product for a whole chunk wherever the equations
 * allow.
 */
export type NumpyForm = "step" | "chunk";

export interface Python {
  readonly command: string;
  readonly numpyVersion: string;
  /** "Python 3.11.2, numpy 1.24.2, libblas.so.3.11.0". */
  readonly description: string;
}

/**
 * The system's Python and the user's, where they have numpy. Both race if they are two: numpy is as fast as its BLAS,
 * and the plain one of a Linux distribution takes three times as long over a training step as the OpenBLAS of a wheel.
 */
export function findNumpy(): Python[] {
  const found = new Map<string, Python>();
  for (const command of ["/usr/bin/python3", "python3"]) {
    const { status, stdout } = spawnSync(command, ["-c", PROBE], { encoding: "utf8" });
    if (status !== 0) continue;
    const [file, python, numpy, blas] = JSON.parse(stdout) as [string, string, string, string];
    if (found.has(file)) continue;
    found.set(file, { command, numpyVersion: numpy, description: `Python ${python}, numpy ${numpy}, ${blas}` });
  }
  return [...found.values()];
}

export class NumpyContender implements Contender {
  private process: ChildProcessWithoutNullStreams | undefined;
  private lines: Interface | undefined;
  private ended: Promise<never> | undefined;

  constructor(
    readonly name: string,
    private readonly python: Python,
    private readonly form: NumpyForm,
    private readonly problem: Problem,
  ) {}

  async start(): Promise<readonly number[]> {
    const oneThread = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };
    const child = spawn(this.python.command, [PROGRAM], { env: { ...process.env, ...oneThread } });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    this.ended = new Promise((_, reject) => {
      child.once("error", reject);
      child.once("close", () => reject(new Error(`${this.name}: ${PROGRAM} ended early\n${errors}`)));
    });
    // its end is no error once nobody asks; a write that comes too late fails, and `ask` says why
    this.ended.catch(() => {});
    child.stdin.on("error", () => {});
    this.process = child;
    this.lines = createInterface(child.stdout);
    const { initialParameters, tokens } = this.problem;
    const answer = await this.ask({
      form: this.form,
      sequenceLength: ENGINE_CONFIG.sequenceLength,
      learningRate: MIN_CHAR_RNN.learningRate,
      clipValue: MIN_CHAR_RNN.clipValue,
      tokens: [...tokens],
      parameters: Object.fromEntries(
        Object.entries(initialParameters).map(([name, values]) => [name, [...values]] as const),
      ),
    });
    return answer.losses as number[];
  }

  async round(seconds: number): Promise<number> {
    const answer = await this.ask({ seconds });
    return answer.charactersPerSecond as number;
  }

  async close(): Promise<void> {
    this.process?.stdin.end();
  }

  /** Sends one line and waits for the line that answers it. */
  private async ask(question: object): Promise<Record<string, unknown>> {
    const { process: child, lines, ended } = this;
    if (child === undefined || lines === undefined) throw new Error(`${this.name}: expected start() before round()`);
    const line = once(lines, "line");
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const [answer] = await Promise.race([line, ended!]);
    return JSON.parse(answer);
  }
}
