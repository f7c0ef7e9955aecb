/** `charloom inspect`: what a model is made of, and what it expects after a text. */

import { unitNoun } from "../data/unit.ts";
import { type LanguageModel, parameterCount } from "../model/language-model.ts";
import { parameterHash } from "../model/parameter-hash.ts";
import { nextTokens } from "../sample/predict.ts";
import { fileSize, grouped, quotedToken, visibleToken } from "./format.ts";
import { namingText, openModel } from "./open-model.ts";
import { Terminal } from "./terminal.ts";

export interface InspectCommandOptions {
  readonly next?: string;
  readonly top: number;
  readonly json?: boolean;
  readonly unknown: "error" | "skip";
}

/** Cells of a whole bar. */
const BAR = 40;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** Runs the command; returns its exit code. */
export async function inspect(path: string, options: InspectCommandOptions): Promise<number> {
  const model = await openModel(path);
  const terminal = new Terminal(false);
  if (options.next === undefined) {
    await terminal.output(options.json === true ? await descriptionJson(model) : await description(model, path));
  } else {
    await terminal.output(nextTable(model, options.next, options));
  }
  return 0;
}

/** A row for each candidate: token, probability, bar. The bars are relative to certainty. */
function nextTable(model: LanguageModel, text: string, { top, json, unknown }: InspectCommandOptions): string {
  try {
    const candidates = nextTokens(model, text, top, unknown);
    if (json === true) return candidates.map((candidate) => `${JSON.stringify(candidate)}\n`).join("");
    const tokens = candidates.map(({ token }) =>
      model.recipe.unit === "word" ? visibleToken(token) : quotedToken(token),
    );
    const width = Math.max(...tokens.map((token) => [...token].length));
    return candidates
      .map(({ probability }, i) => {
        const token = tokens[i]! + " ".repeat(width - [...tokens[i]!].length);
        return `${token}  ${(100 * probability).toFixed(2).padStart(6)} %  ${bar(probability)}\n`;
      })
      .join("");
  } catch (error) {
    throw namingText(error, "text", "--next");
  }
}

function bar(probability: number): string {
  const eighths = Math.round(8 * BAR * probability);
  return "█".repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}

async function description(model: LanguageModel, path: string): Promise<string> {
  const { recipe, vocabulary, engine } = model;
  const lines = [
    `${path}: ${recipe.cell}, ${recipe.layers} × ${grouped(recipe.hiddenSize)} hidden units, ` +
      `${grouped(vocabulary.size)} ${unitNoun(vocabulary.unit)}s, ${grouped(parameterCount(model))} parameters`,
    `SHA-256 of the parameters: ${await parameterHash(engine)}`,
    "",
    ...parameters(model).map(
      ({ name, shape, rms, largest }) =>
        `${name.padEnd(20)}${`(${shape.join(", ")})`.padEnd(14)}rms ${rms.toPrecision(3).padEnd(10)}largest ${largest.toPrecision(3)}`,
    ),
    "",
    ...Object.entries(recipe).map(([name, value]) => `${name.padEnd(20)}${shown(value)}`),
    "",
    `Memory when loaded: ${fileSize(engine.memoryBytes)}.`,
    `Tokens: ${vocabulary.tokens
      .slice(0, 100)
      .map((token) => quotedToken(token).slice(1, -1))
      .join(" ")}${vocabulary.size > 100 ? " …" : ""}`,
  ];
  return `${lines.join("\n")}\n`;
}

async function descriptionJson(model: LanguageModel): Promise<string> {
  const { recipe, vocabulary, engine } = model;
  const all = {
    parameterCount: parameterCount(model),
    parameterHash: await parameterHash(engine),
    parameters: parameters(model),
    recipe,
    vocabulary: vocabulary.tokens,
  };
  return `${JSON.stringify(all, null, 2)}\n`;
}

/** Every parameter with its root mean square and its largest element by size. */
function parameters({ engine }: LanguageModel) {
  return engine.tensors
    .filter(({ role }) => role === "parameter")
    .map(({ name, shape }) => {
      let squares = 0;
      let largest = 0;
      const values = engine.readTensor(name);
      for (const value of values) {
        squares += value * value;
        largest = Math.max(largest, Math.abs(value));
      }
      return { name, shape, rms: Math.sqrt(squares / values.length), largest };
    });
}

function shown(value: unknown): string {
  if (value === Number.POSITIVE_INFINITY) return "none";
  if (typeof value !== "object" || value === null) return String(value);
  return Object.values(value).join(":");
}
