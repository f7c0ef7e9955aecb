/** `charloom score`: how surprising a text is to a model. */

import { inputName, readBytesOrInput, readTextOrInput } from "../data/files.ts";
import { normalizeNewlineBytes, normalizeNewlines } from "../data/text.ts";
import { unitNoun } from "../data/unit.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { type ScoredToken, scoreTokens, summarize } from "../sample/score.ts";
import { grouped, quotedToken } from "./format.ts";
import { namingText, openModel } from "./open-model.ts";
import { Terminal } from "./terminal.ts";

export interface ScoreCommandOptions {
  readonly perToken?: boolean;
  readonly json?: boolean;
  readonly normalizeNewlines?: boolean;
  readonly unknown: "error" | "skip";
}

/** Runs the command; returns its exit code. */
export async function score(path: string, file: string, options: ScoreCommandOptions): Promise<number> {
  const model = await openModel(path);
  const text = await readFor(model, file, options.normalizeNewlines === true);
  const terminal = new Terminal(false);
  let nats = 0;
  let tokens = 0;
  let piece = "";
  try {
    for (const scored of scoreTokens(model, text, options.unknown)) {
      nats += scored.nats;
      tokens++;
      if (options.perToken !== true) continue;
      piece += options.json === true ? `${JSON.stringify(scored)}\n` : line(scored);
      if (piece.length < 1 << 14) continue;
      await terminal.output(piece);
      piece = "";
      if (terminal.outputClosed) return 0;
    }
  } catch (error) {
    throw namingText(error, "text", inputName(file));
  }
  await terminal.output(piece);
  const summary = summarize(nats, tokens);
  if (options.json === true) await terminal.output(`${JSON.stringify(summary)}\n`);
  else {
    const noun = unitNoun(model.vocabulary.unit);
    const rows = [
      [`${noun}s`, grouped(tokens)],
      ["nats", nats.toFixed(2)],
      [`nats per ${noun}`, summary.natsPerToken.toFixed(4)],
      [`bits per ${noun}`, summary.bitsPerToken.toFixed(4)],
      ["perplexity", summary.perplexity.toFixed(3)],
    ] as const;
    const width = Math.max(...rows.map(([name]) => name.length)) + 2;
    await terminal.output(rows.map(([name, value]) => `${name.padEnd(width)}${value}\n`).join(""));
  }
  return 0;
}

/** A text in UTF-8 or, for a model of bytes, any file. */
async function readFor({ vocabulary }: LanguageModel, file: string, fold: boolean): Promise<string | Uint8Array> {
  if (vocabulary.unit === "byte") {
    const bytes = await readBytesOrInput(file);
    return fold ? normalizeNewlineBytes(bytes) : bytes;
  }
  const text = await readTextOrInput(file);
  return fold ? normalizeNewlines(text) : text;
}

/** A token, its surprise and its probability. */
function line({ token, nats, probability }: ScoredToken): string {
  return `${quotedToken(token).padEnd(8)} ${nats.toFixed(4).padStart(8)} nats   p ${probability.toPrecision(3)}\n`;
}
