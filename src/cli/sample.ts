/** `charloom sample`: text from a model to standard output, as fast as it is read there. */

import { randomBytes } from "node:crypto";
import { readBytes } from "../data/files.ts";
import { UnknownCharacterError } from "../data/vocabulary.ts";
import { modelFromBytes } from "../formats/model-file.ts";
import { generate } from "../sample/sampler.ts";
import { checkTemperature } from "../sample/token-picker.ts";
import { asUsage, UsageError } from "./arguments.ts";
import { Terminal } from "./terminal.ts";

export interface SampleCommandOptions {
  readonly prime?: string;
  readonly length: number;
  readonly temperature: number;
  readonly greedy?: boolean;
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  readonly repetitionPenalty: number;
  readonly until?: string[];
  readonly count: number;
  readonly seed?: number;
  readonly unknown: "error" | "skip";
}

/** Characters that are gathered before they are written. */
const PIECE = 2048;
/** Stands alone on a line between two samples. */
const SEPARATOR = "----";

/** Runs the command; returns its exit code. */
export async function sample(path: string, options: SampleCommandOptions): Promise<number> {
  const { topK, topP, minP, repetitionPenalty, count, length } = options;
  const temperature = options.greedy === true ? 0 : options.temperature;
  const settings = { temperature, topK, topP, minP, repetitionPenalty };
  asUsage(() => checkTemperature("--temperature", temperature));
  if (length === Number.POSITIVE_INFINITY && count > 1) {
    throw new UsageError(`--count: expected 1 with --length inf, got ${count}; an endless sample has no next`);
  }
  const model = await modelFromBytes(readBytes(path), path);
  const terminal = new Terminal(false);
  const given = options.prime ?? "";
  const prime = options.unknown === "skip" ? model.vocabulary.withoutUnknown(given) : given;
  const firstSeed = options.seed ?? randomBytes(4).readUInt32LE();
  const stop = options.until ?? [];
  let end = "";
  for (let i = 0; i < count && !terminal.outputClosed; i++) {
    if (i > 0) await terminal.output(`${end.endsWith("\n") ? "" : "\n"}${SEPARATOR}\n`);
    const characters = generate(model, { ...settings, prime, length, stop, seed: firstSeed + i });
    end = await write(terminal, prime, characters);
  }
  if (process.stdout.isTTY === true) {
    if (!end.endsWith("\n")) await terminal.output("\n");
    if (options.seed === undefined) terminal.note(`(seed ${firstSeed}; the same again with --seed ${firstSeed})`);
  }
  return 0;
}

/** Writes prime and characters, as fast as they are read; returns the last piece. */
async function write(terminal: Terminal, prime: string, characters: Iterable<string>): Promise<string> {
  let piece = prime;
  try {
    for (const character of characters) {
      piece += character;
      if (piece.length < PIECE) continue;
      await terminal.output(piece);
      piece = "";
      if (terminal.outputClosed) return piece;
    }
  } catch (error) {
    if (!(error instanceof UnknownCharacterError)) throw error;
    throw new RangeError(`${error.message.replace(/^prime:/, "--prime:")}; use --unknown skip, or leave it out`);
  }
  await terminal.output(piece);
  return piece;
}
