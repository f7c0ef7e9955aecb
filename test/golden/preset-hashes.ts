/**
 * The committed bits of the presets: SHA-256 of all parameters after so many steps, in either numerics class. They hold for
 * every engine, browser and number of threads; scripts/make-preset-hashes.mjs makes them again.
 */

import { readFileSync } from "node:fs";
import { NUMERICS, type Numerics } from "../../src/core/wasm-module.ts";
import { type BuiltinCorpus, builtinCorpus } from "../../src/data/builtin-corpora.ts";
import { PRESETS, type PresetName } from "../../src/model/presets.ts";
import type { TrainingJob } from "../browser/train.ts";

export interface PresetHash {
  readonly preset: PresetName;
  readonly numerics: Numerics;
  readonly corpus: BuiltinCorpus;
  readonly steps: number;
  readonly hash: string;
}

/** All of them, in the file's order: fewer steps before more. */
export const presetHashes = readHashes();

/** Of each preset and class the one after the fewest steps, seconds in all. */
export const quickHashes = presetHashes.filter((one, index) => !sameRun(one, presetHashes[index - 1]));

/** Of each preset and class the one after the most steps. */
export const fullHashes = presetHashes.filter((one, index) => !sameRun(one, presetHashes[index + 1]));

/** The training that gives the hash. */
export async function jobOf({ preset, numerics, corpus, steps }: PresetHash, threads: number): Promise<TrainingJob> {
  const fields = { ...PRESETS[preset].recipe, numerics };
  return { text: await builtinCorpus(corpus), steps, fields, threads, onlyHash: true };
}

type HashesByStep = Readonly<Record<string, string>>;

function readHashes(): PresetHash[] {
  const file: Record<string, { corpus: BuiltinCorpus } & Partial<Record<Numerics, HashesByStep>>> = JSON.parse(
    readFileSync("test/golden/preset-hashes.json", "utf8"),
  );
  return Object.entries(file).flatMap(([preset, entry]) =>
    NUMERICS.flatMap((numerics) =>
      Object.entries(entry[numerics] ?? {}).map(([steps, hash]) => ({
        preset: preset as PresetName,
        numerics,
        corpus: entry.corpus,
        steps: Number(steps),
        hash,
      })),
    ),
  );
}

function sameRun(one: PresetHash, other: PresetHash | undefined): boolean {
  return one.preset === other?.preset && one.numerics === other.numerics;
}
