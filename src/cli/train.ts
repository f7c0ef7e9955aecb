/** `charloom train`: from the options to a saved model. */

import { constants, statSync } from "node:fs";
import { builtinCorpus } from "../data/builtin-corpora.ts";
import { type Corpus, corpusOf } from "../data/corpus.ts";
import { readCorpus } from "../data/corpus-files.ts";
import { inputName, readBytes, STANDARD_INPUT } from "../data/files.ts";
import { normalizeNewlines } from "../data/text.ts";
import { unitNoun } from "../data/unit.ts";
import { initializeFromBytes, modelToBytes } from "../formats/model-file.ts";
import { overridePreset, type Preset, presetOf } from "../model/presets.ts";
import { completeRecipe, type Recipe, type Schedule } from "../model/recipe.ts";
import { checkTemperature } from "../sample/token-picker.ts";
import { DivergenceError } from "../train/divergence.ts";
import { createTrainer, type Trainer } from "../train/trainer.ts";
import { asUsage, UsageError } from "./arguments.ts";
import { counted } from "./format.ts";
import { JsonDisplay } from "./json-display.ts";
import { checkFolder, checkInputs, checkTarget, freeName, writeOutput } from "./output-file.ts";
import { optionOfField, recipeFields } from "./recipe-options.ts";
import type { RunDisplay } from "./run-display.ts";
import { RunLog } from "./run-log.ts";
import { Terminal } from "./terminal.ts";
import { TextDisplay } from "./text-display.ts";
import { type RunSettings, TrainingRun } from "./training-run.ts";

/** What commander makes of the command line; the recipe's fields are among it (recipe-options.ts). */
export interface TrainOptions extends Partial<RunSettings> {
  readonly preset?: string;
  readonly schedule?: Schedule;
  readonly corpus?: string;
  readonly normalizeNewlines?: boolean;
  readonly initFrom?: string;
  readonly out?: string;
  readonly log?: string;
  readonly json?: boolean;
  readonly threads?: number | "auto";
}

const DEFAULT_CORPUS = "sonnets";
/** What neither an option nor a preset says. */
const RUN_DEFAULTS = { evalEvery: 1000, sampleLength: 200, temperature: 1, onNan: "stop" } as const;

/** Runs the command; returns its exit code. */
export async function train(files: readonly string[], options: TrainOptions): Promise<number> {
  const preset = options.preset === undefined ? undefined : presetOf(options.preset);
  const settings = runSettings(preset, options);
  checkOptions(files, options, settings);
  const given = recipeFields({ ...options });
  const fields = preset === undefined ? given : overridePreset(preset, given);
  if (settings.patience !== undefined && (fields.validationFraction ?? 0) === 0) {
    throw new UsageError("--patience: expected a validation part to look at, got none; set --val-fraction 0.1");
  }
  const { out } = options;
  const name = corpusName(files, options, preset);
  checkFolder(out ?? modelName(name), "--out", constants.W_OK);
  if (out !== undefined) {
    checkInputs(out, [...files, options.log], "--out");
    checkTarget(out);
  }
  if (options.log !== undefined) {
    checkFolder(options.log, "--log", constants.F_OK);
    checkInputs(options.log, [...files, options.initFrom], "--log");
  }

  const { trainer, recipe } = await prepare(files, name, fields, options).catch((error: Error) => {
    throw inUsersTerms(error, title(files, name));
  });
  if (options.initFrom !== undefined) initializeFromBytes(trainer.model, readBytes(options.initFrom), options.initFrom);
  const log = options.log === undefined ? undefined : new RunLog(options.log);
  log?.add({
    run: {
      corpus: title(files, name),
      unit: unitNoun(recipe.unit),
      preset: options.preset,
      recipe: trainer.model.recipe,
    },
  });

  const terminal = new Terminal(options.quiet === true);
  const display: RunDisplay = options.json === true ? new JsonDisplay(terminal) : new TextDisplay(terminal);
  display.introduce(trainer, title(files, name), recipe.sequenceLength);
  const run = new TrainingRun(trainer, settings, display, log);
  const finished = await run.complete();
  trainer.model.engine.dispose();
  log?.close();
  if (run.failure !== undefined) throw failed(run.failure, trainer, out, name);
  const saved = save(trainer, out, name);
  const { report, seconds, tokens, validationLoss, trainLoss, earlyStopping: early } = run;
  const best = early === undefined || early.bestStep === 0 ? undefined : { step: early.bestStep, loss: early.best };
  const savedBytes = statSync(saved).size;
  display.conclude({
    report,
    trainer,
    finished,
    seconds,
    tokens,
    validationLoss,
    trainLoss,
    best,
    saved,
    savedBytes,
  });
  if (log?.failure !== undefined) throw log.failure; // the model is safe by now
  return finished ? 0 : run.exitCode;
}

/** What was given, over what the preset says, over the defaults. Any end that is given is the only one. */
function runSettings(preset: Preset | undefined, options: TrainOptions): RunSettings {
  const { steps, time, epochs, untilLoss, schedule } = options;
  let ends: Partial<RunSettings> = { steps, time, epochs, untilLoss };
  if ((steps ?? time ?? epochs ?? untilLoss) === undefined) {
    // a rate that has come down to 0 learns nothing more
    if (schedule !== undefined && "total" in schedule) ends = { steps: schedule.total };
    else ends = { steps: preset?.run.steps, epochs: preset?.run.epochs, untilLoss: preset?.run.untilLoss };
  }
  const sampleEvery = options.sampleEvery ?? (preset === undefined ? undefined : { steps: preset.run.sampleEvery });
  return {
    ...ends,
    patience: options.patience,
    sampleEvery,
    sampleLength: options.sampleLength ?? preset?.run.sampleLength ?? RUN_DEFAULTS.sampleLength,
    evalEvery: options.evalEvery ?? RUN_DEFAULTS.evalEvery,
    temperature: options.temperature ?? RUN_DEFAULTS.temperature,
    onNan: options.onNan ?? RUN_DEFAULTS.onNan,
    quiet: options.quiet,
  };
}

function checkOptions(files: readonly string[], options: TrainOptions, { temperature }: RunSettings): void {
  const [file] = files;
  if (file !== undefined && options.corpus !== undefined) {
    throw new UsageError(`--corpus: expected a file or a corpus, got both ("${file}" and "${options.corpus}")`);
  }
  if (files.filter((each) => each === STANDARD_INPUT).length > 1) {
    throw new UsageError('standard input ("-"): expected once among the files, got it twice');
  }
  asUsage(() => checkTemperature("--temperature", temperature));
}

/** Reads the text and makes a trainer for it. */
async function prepare(
  files: readonly string[],
  name: string,
  fields: Partial<Recipe>,
  options: TrainOptions,
): Promise<{ trainer: Trainer; recipe: Recipe }> {
  const recipe = completeRecipe(fields);
  const { threads = "auto" } = options;
  if (recipe.backend === "js" && threads !== "auto" && threads > 1) {
    throw new UsageError(`--threads: expected 1 for the js backend, got ${threads}`);
  }
  const trainer = await createTrainer(await corpus(files, name, recipe, options), fields, { threads });
  return { trainer, recipe };
}

async function corpus(
  files: readonly string[],
  name: string,
  recipe: Recipe,
  { normalizeNewlines: foldNewlines = false }: TrainOptions,
): Promise<Corpus> {
  const { unit, examples, lowercase, minCount, limit } = recipe;
  const settings = { unit, examples, lowercase, minCount, limit };
  if (files.length > 0) return readCorpus(files, settings, { foldNewlines });
  const text = await builtinCorpus(name);
  return corpusOf(foldNewlines ? normalizeNewlines(text) : text, settings);
}

/** What the text is called: by its first file, or as a corpus that comes with charloom. */
function corpusName(files: readonly string[], { corpus: given }: TrainOptions, preset: Preset | undefined): string {
  const [first] = files;
  if (first === undefined) return given ?? preset?.run.corpus ?? DEFAULT_CORPUS;
  return inputName(first);
}

/** The text's name for a reader, with the number of files that follow the first. */
function title(files: readonly string[], name: string): string {
  return files.length < 2 ? name : `${name} and ${counted(files.length - 1, "more file")}`;
}

/** Keeps the last good parameters of a run that could not go on, if there are any but the first; says all that in one error. */
function failed(error: Error, trainer: Trainer, out: string | undefined, name: string): Error {
  if (trainer.steps === 0)
    return new RangeError(`${error.message}; no step before it left good parameters, so nothing is saved`);
  const path = save(trainer, out, name);
  const kept = `the parameters after ${counted(trainer.steps, "step")} are in ${path}`;
  const hint = error instanceof DivergenceError ? "; or go on by itself with --on-nan rollback" : "";
  return new RangeError(`${error.message}; ${kept}${hint}`);
}

/** The library speaks of "text" and of the recipe's fields; here they have other names. */
function inUsersTerms(error: Error, corpus: string): Error {
  if (!(error instanceof RangeError)) return error;
  const [, subject = "", rest = ""] = /^([^:]+):(.*)$/.exec(error.message) ?? [];
  if (subject === "text") return new RangeError(`${corpus}:${rest}`);
  const option = optionOfField(subject);
  return option === undefined ? error : new UsageError(`${option}:${rest}`);
}

/** Writes the model to `out`, or to the corpus's name if that is undefined; returns where it went. */
function save(trainer: Trainer, out: string | undefined, corpus: string): string {
  return writeOutput(modelToBytes(trainer.model, trainer.steps), out, () => modelName(corpus));
}

/** Where the model goes if nobody says. */
function modelName(corpus: string): string {
  return freeName(corpus === inputName(STANDARD_INPUT) ? "model" : corpus, ".safetensors", "model");
}
