/** peers/min_char_rnn.py as a contender on min-char-rnn's training step, on one thread. */

import { join } from "node:path";
import { DEFAULT_STEP_SETTINGS } from "../src/core/engine.ts";
import { MIN_CHAR_RNN } from "../src/model/recipe.ts";
import { PEERS } from "./peers/location.ts";
import { ProcessContender } from "./peers/process-contender.ts";
import { type Python as AnyPython, findPythons } from "./peers/pythons.ts";
import { ENGINE_CONFIG, type Problem } from "./problem.ts";

export interface Python extends AnyPython {
  readonly numpyVersion: string;
}

/**
 * How the Python program sums: as min-char-rnn does, or with one product for a whole chunk wherever the equations
 * allow.
 */
export type NumpyForm = "step" | "chunk";

export function findNumpy(): Python[] {
  return findPythons("numpy").map((python) => ({ ...python, numpyVersion: python.version }));
}

export class NumpyContender extends ProcessContender {
  constructor(name: string, python: Python, form: NumpyForm, { tokens, initialParameters }: Problem) {
    const program = {
      command: python.command,
      arguments: [join(PEERS, "min_char_rnn.py"), form],
      environment: { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" },
    };
    const { learningRate, clipValue, epsilon } = MIN_CHAR_RNN;
    super(name, program, {
      work: "training",
      config: ENGINE_CONFIG,
      settings: { ...DEFAULT_STEP_SETTINGS, learningRate, clipValue, epsilon },
      resetsEveryChunk: false,
      evidenceLength: ENGINE_CONFIG.sequenceLength,
      tokens,
      parameters: initialParameters,
    });
  }
}
