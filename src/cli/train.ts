/** `charloom train`: from the options, or from a checkpoint, to a saved model. */

import { constants, statSync } from "node:fs";
import { builtinCorpus } from "../data/builtin-corpora.ts";
import { type Corpus, corpusOf } from "../data/corpus.ts";
import { readCorpus } from "../data/corpus-files.ts";
import { FileError, inputName, STANDARD_INPUT } from "../data/files.ts";
import { normalizeNewlines } from "../data/text.ts";
import { unitNoun } from "../data/unit.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { initializeFromBytes } from "../formats/model-file.ts";
import { overridePreset, type Preset, presetOf } from "../model/presets.ts";
import { completeRecipe, type Recipe, type Schedule } from "../model/recipe.ts";
import { checkTemperature } from "../sample/token-picker.ts";
import { corpusSettings, type ResumedRun } from "../train/checkpoint.ts";
import { DivergenceError } from "../train/divergence.ts";
import { createTrainer, type Provenance, type Trainer } from "../train/trainer.ts";
import { asUsage, UsageError } from "./arguments.ts";
import { counted, fileSize } from "./format.ts";
import { JsonDisplay } from "./json-display.ts";
import { ModelWriter } from "./model-writer.ts";
import { readModelFile } from "./open-model.ts";
import { checkFolder, checkInputs, checkTarget, freeName } from "./output-file.ts";
import { optionOfField, recipeFields } from "./recipe-options.ts";
import type { RunDisplay } from "./run-display.ts";
import { RunLog } from "./run-log.ts";
import { runRecord, runSettings } from "./run-settings.ts";
import { Terminal } from "./terminal.ts";
import { TextDisplay } from "./text-display.ts";
import { estimateRun, type RunEstimate } from "./training-estimate.ts";
import { type RunSettings, TrainingRun } from "./training-run.ts";

/** What commander makes of the command line; the recipe's fields are among it (recipe-options.ts). */
export interface TrainOptions extends Partial<RunSettings> {
  readonly preset?: string;
  readonly schedule?: Schedule;
  readonly corpus?: string;
  readonly normalizeNewlines?: boolean;
  readonly initFrom?: string;
  readonly resume?: string;
  readonly override?: boolean;
  readonly allowNewData?: boolean;
  readonly keepLast?: number;
  readonly keepBest?: boolean;
  readonly out?: string;
  readonly log?: string;
  readonly json?: boolean;
  readonly threads?: number | "auto";
}

/** A run that is ready: fresh, or taken up again. */
export interface PreparedRun extends ResumedRun {
  readonly settings: RunSettings;
  /** What the text is called: by its first file, or as a corpus that comes with charloom. */
  readonly name: string;
  /** The same for a reader, with the number of files that follow. */
  readonly title: string;
  /** The sequence length that was asked for. */
  readonly wantedSequence: number;
  /** Of a fresh run, made before anything was allocated. */
  readonly estimate?: RunEstimate | undefined;
  /** Where the model goes; undefined for a name that is free. */
  readonly out: string | undefined;
  /** Steps that a log of the run has already, if it is there. */
  readonly loggedSteps?: number;
}

const DEFAULT_CORPUS = "sonnets";

/** Runs the command; returns its exit code. */
export async function train(files: readonly string[], options: TrainOptions): Promise<number> {
  checkSources(files, options);
  asUsage(() => checkTemperature("--temperature", options.temperature ?? 1));
  if (options.resume === undefined) return complete(await prepare(files, options), options);
  const { prepareResumed } = await import("./resume.ts");
  return complete(await prepareResumed(files, options.resume, options), options);
}

/** Checks all that can be checked before the text is read, and makes a trainer for it. */
async function prepare(files: readonly string[], options: TrainOptions): Promise<PreparedRun> {
  for (const [given, name] of [
    [options.override, "--override"],
    [options.allowNewData, "--allow-new-data"],
  ] as const) {
    if (given === true) throw new UsageError(`${name}: expected with --resume alone; leave it out`);
  }
  const preset = options.preset === undefined ? undefined : presetOf(options.preset);
  const settings = runSettings(preset, options);
  const given = recipeFields({ ...options });
  const fields = preset === undefined ? given : overridePreset(preset, given);
  checkValidation(settings, options, fields.validationFraction ?? 0);
  const { out, log, initFrom } = options;
  const name = corpusName(files, options, preset);
  checkFolder(out ?? modelName(name), "--out", constants.W_OK);
  if (out !== undefined) {
    checkInputs(out, [...files, log], "--out");
    checkTarget(out);
  }
  checkLog(log, [...files, initFrom]);
  const { trainer, recipe, estimate } = await newTrainer(files, name, fields, options, settings).catch(
    (error: Error) => {
      throw inUsersTerms(error, title(files, name));
    },
  );
  if (initFrom !== undefined) initializeFromBytes(trainer.model, readModelFile(initFrom), initFrom);
  const [created] = trainer.provenance.history;
  trainer.provenance = {
    data: dataSource(files, name, options.normalizeNewlines === true),
    run: runRecord(settings, options.preset),
    history: [{ ...created!, ...(initFrom === undefined ? {} : { initFrom }) }],
  };
  const wantedSequence = recipe.sequenceLength;
  return { trainer, settings, name, title: title(files, name), wantedSequence, out, estimate };
}

/** Runs it to its end, an interruption or a failure. */
async function complete(prepared: PreparedRun, options: TrainOptions): Promise<number> {
  const { trainer, settings, out } = prepared;
  const { keepLast = 0, keepBest = false } = options;
  const writer = new ModelWriter(out, () => modelName(prepared.name), { last: keepLast, best: keepBest });
  const terminal = new Terminal(options.quiet === true);
  const display: RunDisplay = options.json === true ? new JsonDisplay(terminal) : new TextDisplay(terminal);
  const log = options.log === undefined ? undefined : new RunLog(options.log, prepared.loggedSteps);
  const run = new TrainingRun(trainer, settings, display, log, writer, prepared);
  // elsewhere it goes as it is
  if (options.resume !== undefined && options.resume === out && run.alreadyEnded) {
    display.nothingToDo(out, run.report);
    log?.close();
    trainer.model.engine.dispose();
    return 0;
  }
  if (log?.isNew === true) {
    const { recipe } = trainer.model;
    const { preset } = trainer.provenance.run ?? {};
    log.add({ run: { corpus: prepared.title, unit: unitNoun(recipe.unit), preset, recipe } });
  }
  writer.sweep();
  display.introduce(trainer, prepared.title, prepared.wantedSequence, prepared.estimate);
  const stepsBefore = run.report.step;
  const finished = await run.complete();
  trainer.model.engine.dispose();
  log?.close();
  if (run.failure !== undefined) throw failed(run, writer);
  const saved = save(run, writer);
  const { report, seconds, tokens, validationLoss, trainLoss, earlyStopping: early } = run;
  const best = early === undefined || early.bestStep === 0 ? undefined : { step: early.bestStep, loss: early.best };
  const savedBytes = statSync(saved).size;
  display.conclude({
    report,
    trainer,
    finished,
    stepsBefore,
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

function checkSources(files: readonly string[], options: TrainOptions): void {
  const [file] = files;
  if (file !== undefined && options.corpus !== undefined) {
    throw new UsageError(`--corpus: expected a file or a corpus, got both ("${file}" and "${options.corpus}")`);
  }
  if (files.filter((each) => each === STANDARD_INPUT).length > 1) {
    throw new UsageError('standard input ("-"): expected once among the files, got it twice');
  }
}

/** Throws a UsageError where the validation loss decides something, and there is no part to validate on. */
export function checkValidation({ patience }: RunSettings, { keepBest }: TrainOptions, fraction: number): void {
  for (const [wanted, name] of [
    [patience !== undefined, "--patience"],
    [keepBest === true, "--keep-best"],
  ] as const) {
    if (wanted && fraction === 0) {
      throw new UsageError(`${name}: expected a validation part to look at, got none; set --val-fraction 0.1`);
    }
  }
}

export function checkLog(log: string | undefined, inputs: readonly (string | undefined)[]): void {
  if (log === undefined) return;
  checkFolder(log, "--log", constants.F_OK);
  checkInputs(log, inputs, "--log");
}

/** Reads the text, estimates what the run will take, and makes a trainer for it. */
async function newTrainer(
  files: readonly string[],
  name: string,
  fields: Partial<Recipe>,
  options: TrainOptions,
  settings: RunSettings,
): Promise<{ trainer: Trainer; recipe: Recipe; estimate: RunEstimate | undefined }> {
  const recipe = completeRecipe(fields);
  checkThreads(recipe, options);
  const { threads = "auto", normalizeNewlines: foldNewlines = false } = options;
  const text = await readText(files, name, recipe, { foldNewlines });
  const estimate = estimateRun(recipe, text, settings, threads);
  const trainer = await createTrainer(text, fields, { threads }).catch((error: Error) => {
    // the one error that is of the model as a whole: its memory
    if (estimate === undefined || !error.message.startsWith("model:")) throw error;
    throw new RangeError(`${error.message}; these need ${fileSize(estimate.memoryBytes)}`);
  });
  return { trainer, recipe, estimate };
}

export function checkThreads({ backend }: Recipe, { threads = "auto" }: TrainOptions): void {
  if (backend === "js" && threads !== "auto" && threads > 1) {
    throw new UsageError(`--threads: expected 1 for the js backend, got ${threads}`);
  }
}

/** The text of the files or, without any, of the corpus of that name, in a given vocabulary if there is one. */
export async function readText(
  files: readonly string[],
  name: string,
  recipe: Recipe,
  { foldNewlines, vocabulary }: { foldNewlines: boolean; vocabulary?: Vocabulary },
): Promise<Corpus> {
  const settings = corpusSettings(recipe);
  if (files.length > 0) return readCorpus(files, settings, { foldNewlines, vocabulary });
  const text = await builtinCorpus(name);
  return corpusOf(foldNewlines ? normalizeNewlines(text) : text, settings, vocabulary);
}

/** What a checkpoint says of where its text is. */
export function dataSource(files: readonly string[], name: string, foldNewlines: boolean): Provenance["data"] {
  return {
    ...(files.length > 0 ? { files: [...files] } : { builtin: name }),
    ...(foldNewlines ? { normalizeNewlines: true } : {}),
  };
}

/** What the text is called: by its first file, or as a corpus that comes with charloom. */
function corpusName(files: readonly string[], { corpus: given }: TrainOptions, preset: Preset | undefined): string {
  const [first] = files;
  if (first === undefined) return given ?? preset?.run.corpus ?? DEFAULT_CORPUS;
  return inputName(first);
}

/** The text's name for a reader, with the number of files that follow the first. */
export function title(files: readonly string[], name: string): string {
  return files.length < 2 ? name : `${name} and ${counted(files.length - 1, "more file")}`;
}

/** Keeps the last good parameters of a run that could not go on, if there are any but the first; says all that in one error. */
function failed(run: TrainingRun, writer: ModelWriter): Error {
  const { trainer, failure } = run;
  const { message } = failure as Error;
  if (trainer.steps === 0)
    return new RangeError(`${message}; no step before it left good parameters, so nothing is saved`);
  const path = save(run, writer);
  const kept = `the parameters after ${counted(trainer.steps, "step")} are in ${path}`;
  const hint = failure instanceof DivergenceError ? "; or go on by itself with --on-nan rollback" : "";
  return new RangeError(`${message}; ${kept}${hint}`);
}

/** The library speaks of "text" and of the recipe's fields; here they have other names. */
export function inUsersTerms(error: Error, corpus: string): Error {
  if (!(error instanceof RangeError)) return error;
  const [, subject = "", rest = ""] = /^([^:]+):(.*)$/.exec(error.message) ?? [];
  if (subject === "text") return new RangeError(`${corpus}:${rest}`);
  const option = optionOfField(subject);
  return option === undefined ? error : new UsageError(`${option}:${rest}`);
}

/** Writes the model; returns where it went. Throws a FileError that says what stands. */
function save(run: TrainingRun, writer: ModelWriter): string {
  try {
    return writer.write(run.toBytes(), run.standsAt);
  } catch (error) {
    if (!(error instanceof FileError) || writer.writtenStep === undefined) throw error;
    const checkpoint = `the checkpoint of step ${writer.writtenStep} stands`;
    throw new FileError(`${error.message}; ${checkpoint}`, { cause: error });
  }
}

/** Where the model goes if nobody says. */
function modelName(corpus: string): string {
  return freeName(corpus === inputName(STANDARD_INPUT) ? "model" : corpus, ".safetensors", "model");
}
