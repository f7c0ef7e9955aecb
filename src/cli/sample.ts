/** `charloom sample`: text from a model to standard output, as fast as it is read there. */

import { randomBytes } from "node:crypto";
import { readBytes } from "../data/files.ts";
import { UnknownCharacterError } from "../data/vocabulary.ts";
import { modelFromBytes } from "../formats/model-file.ts";
import { generate } from "../sample/sampler.ts";
import { Terminal } from "./terminal.ts";
import { checkTemperatureOption } from "./train.ts";

export interface SampleCommandOptions {
  readonly prime?: string;
  readonly length: number;
  readonly temperature: number;
  readonly seed?: number;
  readonly unknown: "error" | "skip";
}

/** Characters that are gathered before they are written. */
const PIECE = 2048;

/** Runs the command; returns its exit code. */
export async function sample(path: string, options: SampleCommandOptions): Promise<number> {
  checkTemperatureOption(options.temperature);
  const model = await modelFromBytes(readBytes(path), path);
  const terminal = new Terminal(false);
  const prime =
    options.unknown === "skip" ? model.vocabulary.withoutUnknown(options.prime ?? "") : (options.prime ?? "");
  const seed = options.seed ?? randomBytes(4).readUInt32LE();
  const characters = generate(model, { prime, length: options.length, temperature: options.temperature, seed });
  let piece = prime;
  try {
    for (const character of characters) {
      piece += character;
      if (piece.length < PIECE) continue;
      await terminal.output(piece);
      piece = "";
      if (terminal.outputClosed) return 0;
    }
  } catch (error) {
    if (!(error instanceof UnknownCharacterError)) throw error;
    throw new RangeError(`${error.message.replace(/^prime:/, "--prime:")}; use --unknown skip, or leave it out`);
  }
  await terminal.output(piece);
  if (process.stdout.isTTY === true) {
    if (!piece.endsWith("\n")) await terminal.output("\n");
    if (options.seed === undefined) terminal.note(`(seed ${seed}; the same again with --seed ${seed})`);
  }
  return 0;
}
