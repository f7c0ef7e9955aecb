/** `charloom inspect`: what a model is made of, and what it expects after a text. */

import { unitNoun } from "../data/unit.ts";
import { modelFromBytes } from "../formats/model-file.ts";
import { parseSafetensors } from "../formats/safetensors.ts";
import { type LanguageModel, parameterCount } from "../model/language-model.ts";
import { parameterHash } from "../model/parameter-hash.ts";
import { nextTokens } from "../sample/predict.ts";
import { fileSize, grouped, quotedToken, visibleToken } from "./format.ts";
import { namingText, readModelFile } from "./open-model.ts";
import { summarizeTensor, tensorTable } from "./tensor-table.ts";
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
  const bytes = readModelFile(path);
  const model = await modelFromBytes(bytes, path);
  const terminal = new Terminal(false);
  if (options.next === undefined) {
    const history = historyOf(bytes, path);
    await terminal.output(
      options.json === true ? await descriptionJson(model, history) : await description(model, path, history),
    );
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

async function description(model: LanguageModel, path: string, history: readonly unknown[]): Promise<string> {
  const { recipe, vocabulary, engine } = model;
  const lines = [
    `${path}: ${recipe.cell}, ${recipe.layers} × ${grouped(recipe.hiddenSize)} hidden units, ` +
      `${grouped(vocabulary.size)} ${unitNoun(vocabulary.unit)}s, ${grouped(parameterCount(model))} parameters`,
    `SHA-256 of the parameters: ${await parameterHash(engine)}`,
    "",
    ...tensorTable(parameters(model)),
    "",
    ...Object.entries(recipe).map(([name, value]) => `${name.padEnd(20)}${shown(value)}`),
    "",
    ...(history.length > 0 ? ["History:", ...history.map((entry) => `  ${historyLine(entry)}`), ""] : []),
    `Memory when loaded: ${fileSize(engine.memoryBytes)}.`,
    `Tokens: ${vocabulary.tokens
      .slice(0, 100)
      .map((token) => quotedToken(token).slice(1, -1))
      .join(" ")}${vocabulary.size > 100 ? " …" : ""}`,
  ];
  return `${lines.join("\n")}\n`;
}

async function descriptionJson(model: LanguageModel, history: readonly unknown[]): Promise<string> {
  const { recipe, vocabulary, engine } = model;
  const all = {
    parameterCount: parameterCount(model),
    parameterHash: await parameterHash(engine),
    parameters: parameters(model),
    recipe,
    vocabulary: vocabulary.tokens,
    ...(history.length > 0 ? { history } : {}),
  };
  return `${JSON.stringify(all, null, 2)}\n`;
}

/** Every parameter with what its numbers look like. */
function parameters({ engine }: LanguageModel) {
  return engine.tensors
    .filter(({ role }) => role === "parameter")
    .map(({ name, shape }) => ({ name, shape, ...summarizeTensor(engine.readTensor(name)) }));
}

/**
 * What happened to a model, if its file tells: a list in JSON, by itself or within a checkpoint's record of training. Anything
 * else there is no reason not to show the rest.
 */
function historyOf(bytes: Uint8Array, path: string): readonly unknown[] {
  const { metadata } = parseSafetensors(bytes, path);
  const list = (field: string, part: (content: unknown) => unknown): readonly unknown[] => {
    try {
      const content = part(JSON.parse(metadata.get(field) ?? "null"));
      return Array.isArray(content) ? content : [];
    } catch {
      return [];
    }
  };
  const own = list("history", (content) => content);
  return own.length > 0 ? own : list("training", (content) => (content as { history?: unknown } | null)?.history);
}

/** An entry's fields, or the entry itself, in one line that no file can steer the terminal with. */
function historyLine(entry: unknown): string {
  const fields =
    typeof entry === "object" && entry !== null && !Array.isArray(entry) ? Object.entries(entry) : undefined;
  const text = (value: unknown) => (typeof value === "string" ? value : (JSON.stringify(value) ?? "none"));
  const line = fields?.map(([name, value]) => `${name} ${text(value)}`).join(", ") ?? text(entry);
  return quotedToken(line).slice(1, -1).replaceAll('\\"', '"');
}

function shown(value: unknown): string {
  if (value === Number.POSITIVE_INFINITY) return "none";
  if (typeof value !== "object" || value === null) return String(value);
  return Object.values(value).join(":");
}
