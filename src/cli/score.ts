/** `charloom score`: how surprising a text is to a model. */

import { readBytes, readText } from "../data/files.ts";
import { normalizeNewlines } from "../data/text.ts";
import { UnknownCharacterError } from "../data/vocabulary.ts";
import { modelFromBytes } from "../formats/model-file.ts";
import { type ScoredCharacter, scoreCharacters, summarize } from "../sample/score.ts";
import { grouped } from "./format.ts";
import { Terminal } from "./terminal.ts";

export interface ScoreCommandOptions {
  readonly perCharacter?: boolean;
  readonly json?: boolean;
  readonly normalizeNewlines?: boolean;
  readonly unknown: "error" | "skip";
}

/** Runs the command; returns its exit code. */
export async function score(path: string, file: string, options: ScoreCommandOptions): Promise<number> {
  const model = await modelFromBytes(readBytes(path), path);
  const read = readText(file);
  const folded = options.normalizeNewlines === true ? normalizeNewlines(read) : read;
  const text = options.unknown === "skip" ? model.vocabulary.withoutUnknown(folded) : folded;
  const terminal = new Terminal(false);
  let nats = 0;
  let characters = 0;
  let piece = "";
  try {
    for (const scored of scoreCharacters(model, text)) {
      nats += scored.nats;
      characters++;
      if (options.perCharacter !== true) continue;
      piece += options.json === true ? `${JSON.stringify(scored)}\n` : line(scored);
      if (piece.length < 1 << 14) continue;
      await terminal.output(piece);
      piece = "";
      if (terminal.outputClosed) return 0;
    }
  } catch (error) {
    if (error instanceof UnknownCharacterError) {
      throw new RangeError(`${error.message.replace(/^text:/, `${file}:`)}; use --unknown skip, or another model`);
    }
    throw error instanceof RangeError ? new RangeError(error.message.replace(/^text:/, `${file}:`)) : error;
  }
  await terminal.output(piece);
  const summary = summarize(nats, characters);
  if (options.json === true) await terminal.output(`${JSON.stringify(summary)}\n`);
  else {
    await terminal.output(
      `characters          ${grouped(characters)}\n` +
        `nats                ${nats.toFixed(2)}\n` +
        `nats per character  ${summary.natsPerCharacter.toFixed(4)}\n` +
        `bits per character  ${summary.bitsPerCharacter.toFixed(4)}\n` +
        `perplexity          ${summary.perplexity.toFixed(3)}\n`,
    );
  }
  return 0;
}

/** A character, its surprise and its probability. */
function line({ character, nats }: ScoredCharacter): string {
  return `${JSON.stringify(character).padEnd(8)}${nats.toFixed(4).padStart(9)} nats   p ${Math.exp(-nats).toPrecision(3)}\n`;
}
