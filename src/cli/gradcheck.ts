/** `charloom gradcheck`: shows that both engines compute the gradients of the loss. */

import { checkChoice, type Engine, type EngineConfig, PLAIN_MODEL } from "../core/engine.ts";
import { RandomStream } from "../core/random.ts";
import { createWasmEngine } from "../core/wasm-engine.ts";
import { createReferenceEngine } from "../reference/reference-engine.ts";
import { REFERENCE_CELLS } from "../reference/registry.ts";
import { checkGradients } from "../train/gradient-check.ts";
import { asUsage } from "./arguments.ts";

export interface GradcheckOptions {
  /** One cell; all if left out. */
  readonly cell?: string;
  readonly layers: number;
  readonly hidden: number;
  readonly vocabulary: number;
  readonly seq: number;
  readonly batch: number;
  readonly seed: number;
}

/** Above this norm-relative difference a gradient counts as wrong. Float32 keeps about a fourth of it. */
const TOLERANCE = 1e-6;
/** Large enough that no gradient is close to zero, small enough that tanh does not saturate. */
const WEIGHT_SCALE = 0.3;
/** Of the column that the longest name of a cell fits. */
const NAME_WIDTH = Math.max(...Object.keys(REFERENCE_CELLS).map((name) => name.length)) + 2;

/** Runs the command; returns its exit code: 1 if a gradient is wrong. */
export async function gradcheck(options: GradcheckOptions): Promise<number> {
  const known = Object.keys(REFERENCE_CELLS);
  const { cell: only } = options;
  if (only !== undefined) asUsage(() => checkChoice("--cell", only, known));
  process.stdout.write("‖gradient - central difference‖ / ‖central difference‖, float64 loss, step 1e-5\n");
  let worst = 0;
  for (const cell of only === undefined ? known : [only]) worst = Math.max(worst, await checkCell(cell, options));
  const passed = worst <= TOLERANCE;
  process.stdout.write(
    `${passed ? "passed" : "FAILED"}: the largest is ${worst.toExponential(2)}, allowed ${TOLERANCE}\n`,
  );
  return passed ? 0 : 1;
}

/** The fused build, where this machine can run it. */
async function fusedEngine(config: EngineConfig): Promise<[string, Engine][]> {
  try {
    return [["wasm fused", await createWasmEngine(config, { numerics: "fused" })]];
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

/** Prints a line for each parameter on each engine; returns the largest difference. */
async function checkCell(cell: string, options: GradcheckOptions): Promise<number> {
  const config: EngineConfig = {
    ...PLAIN_MODEL,
    cell,
    layers: options.layers,
    optimizer: "adagrad",
    vocabularySize: options.vocabulary,
    hiddenSize: options.hidden,
    batchSize: options.batch,
    sequenceLength: options.seq,
  };
  const engines: [string, Engine][] = [
    ["wasm", await createWasmEngine(config)],
    ...(await fusedEngine(config)),
    ["js float32", createReferenceEngine(config, "float32")],
    ["js float64", createReferenceEngine(config, "float64")],
  ];
  const random = new RandomStream(options.seed, 0x20000000);
  const count = options.seq * options.batch;
  const tokens = Array.from({ length: count }, () => random.nextWord() % options.vocabulary);
  const targets = Array.from({ length: count }, () => random.nextWord() % options.vocabulary);
  let worst = 0;
  for (const [name, engine] of engines) {
    engine.initializeParameters({ kind: "normal", scale: WEIGHT_SCALE }, options.seed);
    for (const { parameter, shape, relativeError } of checkGradients(engine, tokens, targets)) {
      const size = `(${shape.join(", ")})`;
      const error = relativeError.toExponential(2);
      process.stdout.write(
        `${cell.padEnd(NAME_WIDTH)}${name.padEnd(12)}${parameter.padEnd(20)}${size.padEnd(12)}${error}\n`,
      );
      worst = Math.max(worst, relativeError);
    }
  }
  return worst;
}
