/** `charloom predict`: what a model finds likeliest. */

import { completeLine, predict as predictNext } from "../sample/predict.ts";
import { endOfLine } from "../sample/sampler.ts";
import { visibleToken } from "./format.ts";
import { namingText, openModel } from "./open-model.ts";
import { Terminal } from "./terminal.ts";

export interface PredictCommandOptions {
  readonly each?: boolean;
  readonly length: number;
  readonly json?: boolean;
  readonly unknown: "error" | "skip";
}

/** Runs the command; returns its exit code. */
export async function predict(path: string, text: string, options: PredictCommandOptions): Promise<number> {
  const model = await openModel(path);
  const terminal = new Terminal(false);
  const { length, unknown, json = false } = options;
  try {
    if (options.each !== true && endOfLine(model) !== undefined) {
      const line = completeLine(model, text, { length, unknown });
      await terminal.output(json ? `${JSON.stringify({ prefix: text, line })}\n` : `${line}\n`);
      return 0;
    }
    for (const prediction of predictNext(model, text, unknown)) {
      const { token, next } = prediction;
      await terminal.output(
        json
          ? `${JSON.stringify({ token, next: next.token, probability: next.probability })}\n`
          : `${visibleToken(token)} → ${visibleToken(next.token)}   p ${next.probability.toPrecision(3)}\n`,
      );
    }
    return 0;
  } catch (error) {
    throw namingText(namingText(error, "prime", "the text"), "text", "the text");
  }
}
