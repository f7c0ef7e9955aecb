/** `charloom train --preset` follows the runs of five_systems.py, step by step. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { builtinCorpus } from "../../src/data/builtin-corpora.ts";
import { WorkFolder } from "../cli/command-line.ts";

interface Source {
  readonly literal?: string;
  readonly corpus?: string;
  readonly characters?: number;
  readonly lines?: number;
  readonly capitalized?: boolean;
  readonly sha256: string;
}

/** [step, value] */
type Point = readonly [number, number];

interface Case {
  readonly name: string;
  readonly preset: string;
  readonly arguments: readonly string[];
  readonly weights: string;
  readonly text: Source;
  /** Nats per token, of every step. */
  readonly losses: readonly number[];
  /** Where the rate is another than before. */
  readonly learningRates?: readonly Point[];
  readonly initialTrainLoss?: number;
  readonly trainLosses?: readonly Point[];
  readonly valLosses?: readonly Point[];
}

interface LogLine {
  readonly step: number;
  readonly loss: number;
  readonly learningRate: number;
  readonly initialTrainLoss?: number;
  readonly trainLoss?: number;
  readonly valLoss?: number;
}

const cases: readonly Case[] = JSON.parse(readFileSync("test/golden/five-systems.json", "utf8"));

/**
 * Worst measured: 3.2e-6, at the last step of dinosaurs, and 4.8e-12, to which the fixture is rounded. At 1e-5 it still shows
 * if lstm-shakespeare does not reset its state (1.4e-5) or dinosaurs leaves out its weight decay (1.9e-5).
 */
const BACKENDS = [
  { backend: "WebAssembly", flags: [], tolerance: 1e-5 },
  { backend: "the float64 reference", flags: ["--backend", "js", "--precision", "float64"], tolerance: 1e-9 },
] as const;

for (const each of cases) {
  const text = await cut(each.text);

  describe(`numpy's ${each.name}`, () => {
    test("the text is the one that numpy read", () => {
      expect(createHash("sha256").update(text).digest("hex")).toBe(each.text.sha256);
    });

    for (const { backend, flags, tolerance } of BACKENDS) {
      test(`${backend} follows it within ${tolerance} for ${each.losses.length} steps`, () => {
        const log = trainingLog(each, text, flags);
        expect(log.map(({ step }) => step)).toEqual(each.losses.map((_, i) => i + 1));
        expectClose("loss", column(log, "loss"), points(each.losses), tolerance);
        expectClose("trainLoss", column(log, "trainLoss"), each.trainLosses ?? [], tolerance);
        expectClose("valLoss", column(log, "valLoss"), each.valLosses ?? [], tolerance);
        const initial = each.initialTrainLoss === undefined ? [] : [[1, each.initialTrainLoss] as const];
        expectClose("initialTrainLoss", column(log, "initialTrainLoss"), initial, tolerance);
        if (each.learningRates === undefined) return;
        const rates = column(log, "learningRate").filter(([, rate], i, all) => rate !== all[i - 1]?.[1]);
        expectClose("learningRate", rates, each.learningRates, 1e-12);
      });
    }
  });
}

/** The text as five_systems.py cut it. */
async function cut({ literal, corpus, characters, lines, capitalized }: Source): Promise<string> {
  if (literal !== undefined) return literal;
  const text = await builtinCorpus(corpus!);
  if (characters !== undefined) return text.slice(0, characters);
  const chosen = text.split("\n").slice(0, lines);
  const written = capitalized ? chosen.map((line) => line.slice(0, 1).toUpperCase() + line.slice(1)) : chosen;
  return written.map((line) => `${line}\n`).join("");
}

function trainingLog({ preset, arguments: args, weights, losses }: Case, text: string, flags: readonly string[]) {
  const folder = new WorkFolder();
  folder.write("text.txt", text);
  folder.write("weights.safetensors", readFileSync(`test/golden/${weights}`));
  const start = ["train", "text.txt", "--preset", preset, ...args, ...flags, "--init-from", "weights.safetensors"];
  const end = ["--steps", `${losses.length}`, "--log", "log.jsonl", "--sample-every", "0", "--out", "model.safetensors"];
  expect(folder.run(...start, ...end, "--quiet")).toEqual({ code: 0, stdout: "", stderr: "" });
  const lines = folder.read("log.jsonl").toString().trimEnd().split("\n");
  return lines.map((line): LogLine => JSON.parse(line));
}

function points(values: readonly number[]): Point[] {
  return values.map((value, i) => [i + 1, value]);
}

/** The lines that have the field. */
function column(log: readonly LogLine[], field: keyof LogLine): Point[] {
  return log.flatMap((line) => (line[field] === undefined ? [] : [[line.step, line[field]] as const]));
}

/** The same steps, and the same values within a relative tolerance. */
function expectClose(what: string, found: readonly Point[], expected: readonly Point[], tolerance: number): void {
  expect(found.map(([step]) => step), `steps with ${what}`).toEqual(expected.map(([step]) => step));
  for (const [i, [step, value]] of expected.entries()) {
    const got = found[i]![1];
    const message = `${what} at step ${step}: expected ${value} within ${tolerance}, got ${got}`;
    expect(Math.abs(got / value - 1), message).toBeLessThanOrEqual(tolerance);
  }
}
