/** `charloom train --resume`: from a checkpoint and what little is said beside it to a run that goes on. */

import { constants, existsSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import { inputName, STANDARD_INPUT } from "../data/files.ts";
import { UnknownTokenError } from "../data/vocabulary.ts";
import type { Recipe } from "../model/recipe.ts";
import { type Checkpoint, changed, openCheckpoint, resumeRun } from "../train/checkpoint.ts";
import { checkOverrides } from "../train/recipe-changes.ts";
import { UsageError } from "./arguments.ts";
import { readModelFile } from "./open-model.ts";
import { checkFolder, checkInputs, checkTarget } from "./output-file.ts";
import { optionOfField, recipeFields } from "./recipe-options.ts";
import { resumedSettings, runRecord } from "./run-settings.ts";
import {
  checkLog,
  checkThreads,
  checkValidation,
  dataSource,
  inUsersTerms,
  type PreparedRun,
  readText,
  type TrainOptions,
  title,
} from "./train.ts";

/** Checks all that can be checked before the text is read, and takes the run up where the checkpoint has it. */
export async function prepareResumed(
  files: readonly string[],
  file: string,
  options: TrainOptions,
): Promise<PreparedRun> {
  for (const [given, name] of [
    [options.preset, "--preset"],
    [options.initFrom, "--init-from"],
  ] as const) {
    if (given !== undefined)
      throw new UsageError(`${name}: expected without --resume, which has a recipe and weights; leave one out`);
  }
  const { out = file, log } = options;
  checkFolder(out, "--out", constants.W_OK);
  checkInputs(out, [...files, log], "--out");
  checkTarget(out);
  const checkpoint = openCheckpoint(readModelFile(file), file);
  const { training, recipe } = checkpoint;
  const { settings, overrides: runOverrides } = resumedSettings(training.run, options, file);
  const overrides = overridesOf(recipe, options);
  const named = [
    ...Object.keys(overrides).map((field) => optionOfField(field) ?? field),
    ...Object.keys(runOverrides).map(optionName),
  ];
  if (named.length > 0 && options.override !== true) {
    throw new UsageError(
      `${named.join(", ")}: expected as the run was begun; to change ${named.length === 1 ? "it" : "them"} from here on, and have that recorded, add --override`,
    );
  }
  if (settings.steps !== undefined && settings.steps < training.state.steps) {
    throw new UsageError(
      `--steps: expected at least the ${training.state.steps} steps that ${file} has behind it, got ${settings.steps}`,
    );
  }
  checkValidation(settings, options, recipe.validationFraction);
  checkThreads(recipe, options);
  checkLog(log, [...files, file]);

  const source = sourceOf(files, file, checkpoint, options);
  const { foldNewlines } = source;
  const { allowNewData = false, threads = "auto" } = options;
  const corpus = await readText(source.files, source.name, recipe, {
    foldNewlines,
    vocabulary: checkpoint.vocabulary,
  }).catch((error: Error) => {
    if (error instanceof UnknownTokenError && !allowNewData) throw changed(checkpoint, error);
    throw inUsersTerms(error, source.title);
  });
  const run = await resumeRun(checkpoint, corpus, {
    overrides,
    alsoChanged: runOverrides,
    allowNewData,
    host: { threads },
  });
  const { trainer } = run;
  trainer.provenance = {
    ...trainer.provenance,
    data: source.given ? dataSource(source.files, source.name, foldNewlines) : trainer.provenance.data,
    run: runRecord(settings, training.run?.preset),
  };
  return {
    ...run,
    settings,
    name: source.name,
    title: source.title,
    wantedSequence: recipe.sequenceLength,
    out,
    loggedSteps: training.state.steps,
  };
}

/** The fields of the recipe that the options change. */
function overridesOf(recipe: Recipe, options: TrainOptions): Partial<Recipe> {
  try {
    return checkOverrides(recipe, recipeFields({ ...options }));
  } catch (error) {
    const [, field = "", rest = ""] = /^(\w+):(.*)$/.exec((error as Error).message) ?? [];
    const option = optionOfField(field);
    if (option === undefined) throw error;
    throw new UsageError(`${option}:${rest}; start another run from its weights with --init-from`);
  }
}

/** "evalEvery" as "--eval-every". */
function optionName(property: string): string {
  return `--${property.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

interface TextSource {
  readonly files: readonly string[];
  readonly name: string;
  readonly title: string;
  readonly foldNewlines: boolean;
  /** Whether the command line names it. */
  readonly given: boolean;
}

/** Where the text is: as the command line says or, if it does not, as the checkpoint does. */
function sourceOf(files: readonly string[], file: string, { training }: Checkpoint, options: TrainOptions): TextSource {
  const { data } = training;
  const foldNewlines = options.normalizeNewlines ?? data.normalizeNewlines ?? false;
  const given = files.length > 0 || options.corpus !== undefined;
  const named = given ? files : (data.files ?? []);
  const builtin = given ? options.corpus : data.builtin;
  const [first] = named;
  const name = first === undefined ? builtin : inputName(first);
  if (name === undefined) {
    throw new UsageError(
      `--resume: ${file} does not say where its text is; name it: charloom train TEXT --resume ${file}`,
    );
  }
  if (!given && named.includes(STANDARD_INPUT)) {
    throw new UsageError(
      `--resume: the text of ${file} came from standard input; pipe it in again: charloom train - --resume ${file}`,
    );
  }
  const found = given ? named : named.map((path) => findText(path, file));
  return { files: found, name, title: title(named, name), foldNewlines, given };
}

/** A text as it was named, from this folder or else from the checkpoint's. */
function findText(path: string, file: string): string {
  if (isAbsolute(path) || existsSync(path)) return path;
  const beside = resolve(dirname(file), path);
  return existsSync(beside) ? beside : path;
}
