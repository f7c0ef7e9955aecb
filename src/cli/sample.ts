/** `charloom sample`: text from a model to standard output, as fast as it is read there. */

import { randomBytes } from "node:crypto";
import { encodeText } from "../model/text-model.ts";
import { endOfLine, generate, LONGEST_LINE } from "../sample/sampler.ts";
import { checkTemperature } from "../sample/token-picker.ts";
import { asUsage, UsageError } from "./arguments.ts";
import { namingText, openModel } from "./open-model.ts";
import { Terminal } from "./terminal.ts";

export interface SampleCommandOptions {
  readonly prime?: string;
  readonly length?: number;
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
  readonly threads: number | "auto";
}

/** Characters that are gathered before they are written. */
const PIECE = 2048;
/** Stands alone on a line between two samples that are not lines themselves. */
const SEPARATOR = "----\n";

/** Runs the command; returns its exit code. */
export async function sample(path: string, options: SampleCommandOptions): Promise<number> {
  const { topK, topP, minP, repetitionPenalty, count, unknown } = options;
  const temperature = options.greedy === true ? 0 : options.temperature;
  const settings = { temperature, topK, topP, minP, repetitionPenalty };
  asUsage(() => checkTemperature("--temperature", temperature));
  if (options.length === Number.POSITIVE_INFINITY && count > 1) {
    throw new UsageError(`--count: expected 1 with --length inf, got ${count}; an endless sample has no next`);
  }
  const model = await openModel(path, options.threads);
  const ofLines = endOfLine(model) !== undefined;
  const length = options.length ?? (ofLines ? LONGEST_LINE : 500);
  const terminal = new Terminal(false);
  const firstSeed = options.seed ?? randomBytes(4).readUInt32LE();
  const stop = options.until ?? [];
  let end = "";
  try {
    const prime = model.vocabulary.decode(encodeText(model, options.prime ?? "", "prime", unknown));
    for (let i = 0; i < count && !terminal.outputClosed; i++) {
      if (i > 0) await terminal.output(`${end.endsWith("\n") ? "" : "\n"}${ofLines ? "" : SEPARATOR}`);
      const pieces = generate(model, { ...settings, prime, length, stop, seed: firstSeed + i });
      end = await write(terminal, prime, pieces);
    }
  } catch (error) {
    throw namingText(error, "prime", "--prime");
  }
  // a line is a line also where nobody looks on
  if (ofLines && process.stdout.isTTY !== true && length !== Number.POSITIVE_INFINITY) await terminal.output("\n");
  if (process.stdout.isTTY === true) {
    if (!end.endsWith("\n")) await terminal.output("\n");
    if (options.seed === undefined) terminal.note(`(seed ${firstSeed}; the same again with --seed ${firstSeed})`);
  }
  return 0;
}

/** Writes a prime and what follows, as fast as it is read; returns the last piece. */
async function write(terminal: Terminal, prime: string, pieces: Iterable<string>): Promise<string> {
  let gathered = prime;
  for (const piece of pieces) {
    gathered += piece;
    if (gathered.length < PIECE) continue;
    await terminal.output(gathered);
    gathered = "";
    if (terminal.outputClosed) return "";
  }
  await terminal.output(gathered);
  return gathered;
}
