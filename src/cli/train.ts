/** `charloom train`: from the options to a saved model. */

import { accessSync, constants, existsSync, statSync } from "node:fs";
import { basename, dirname, extname, relative, resolve } from "node:path";
import { builtinCorpus } from "../data/builtin-corpora.ts";
import { FileError, fileError, readBytes, readText } from "../data/files.ts";
import { normalizeNewlines } from "../data/text.ts";
import { checkReplaceable, writeFileAtomically, writeNewFile } from "../formats/atomic-file.ts";
import { initializeFromBytes, modelToBytes } from "../formats/model-file.ts";
import { completeRecipe, type Recipe } from "../model/recipe.ts";
import { checkTemperature } from "../sample/token-picker.ts";
import { createTrainer, type Trainer } from "../train/trainer.ts";
import { asUsage, UsageError } from "./arguments.ts";
import { counted, fileSize, grouped, span } from "./format.ts";
import { optionOfField, recipeFields } from "./recipe-options.ts";
import { RunLog } from "./run-log.ts";
import { Terminal } from "./terminal.ts";
import { type RunOptions, TrainingRun } from "./training-run.ts";

/** What commander makes of the command line; the recipe's fields are among it (recipe-options.ts). */
export interface TrainOptions extends RunOptions {
  readonly corpus?: string;
  readonly normalizeNewlines?: boolean;
  readonly initFrom?: string;
  readonly out?: string;
  readonly log?: string;
}

const DEFAULT_CORPUS = "sonnets";

/** Runs the command; returns its exit code. */
export async function train(file: string | undefined, options: TrainOptions): Promise<number> {
  checkOptions(file, options);
  const terminal = new Terminal(options.quiet === true);
  const { name, text } = await readCorpus(file, options);
  const { out } = options;
  checkFolder(out ?? freeName(name), "--out", constants.W_OK);
  if (out !== undefined) {
    checkInputs(out, [file, options.log], "--out");
    checkTarget(out);
  }
  if (options.log !== undefined) {
    checkFolder(options.log, "--log", constants.F_OK);
    checkInputs(options.log, [file, options.initFrom], "--log");
  }

  const fields = recipeFields({ ...options });
  const trainer = await createTrainer(text, fields).catch((error: Error) => {
    throw inUsersTerms(error, name);
  });
  if (options.initFrom !== undefined) initializeFromBytes(trainer.model, readBytes(options.initFrom), options.initFrom);
  const log = options.log === undefined ? undefined : new RunLog(options.log);

  introduce(terminal, trainer, name, completeRecipe(fields));
  const run = new TrainingRun(trainer, options, terminal, log);
  const finished = await run.complete();
  log?.close();
  const saved = save(trainer, out, name);
  conclude(terminal, run, saved, finished);
  if (log?.failure !== undefined) throw log.failure; // the model is safe by now
  return finished ? 0 : run.exitCode;
}

function checkOptions(file: string | undefined, options: TrainOptions): void {
  if (file !== undefined && options.corpus !== undefined) {
    throw new UsageError(`--corpus: expected a file or a corpus, got both ("${file}" and "${options.corpus}")`);
  }
  asUsage(() => checkTemperature("--temperature", options.temperature));
}

/** The library speaks of "text" and of the recipe's fields; here they have other names. */
function inUsersTerms(error: Error, corpus: string): Error {
  if (!(error instanceof RangeError)) return error;
  const [, subject = "", rest = ""] = /^([^:]+):(.*)$/.exec(error.message) ?? [];
  if (subject === "text") return new RangeError(`${corpus}:${rest}`);
  const option = optionOfField(subject);
  return option === undefined ? error : new UsageError(`${option}:${rest}`);
}

async function readCorpus(file: string | undefined, options: TrainOptions): Promise<{ name: string; text: string }> {
  const name = file ?? options.corpus ?? DEFAULT_CORPUS;
  const text = file === undefined ? await builtinCorpus(name) : readText(file);
  return { name, text: options.normalizeNewlines === true ? normalizeNewlines(text) : text };
}

/** The text's name with .safetensors, in this folder, with a number if that is taken. */
function freeName(corpus: string): string {
  const stem = basename(corpus, extname(corpus)) || "model";
  let path = `${stem}.safetensors`;
  for (let number = 2; existsSync(path); number++) path = `${stem}-${number}.safetensors`;
  return path;
}

// what follows is checked before the training, not after it

/** No input of the run may be overwritten. */
function checkInputs(path: string, inputs: readonly (string | undefined)[], option: string): void {
  for (const input of inputs) {
    if (input !== undefined && sameFile(input, path)) {
      throw new UsageError(`${option}: "${path}" is a file of this run already; choose another name`);
    }
  }
}

/** The file's folder is there and gives the access (of fs.constants) that is needed. */
function checkFolder(path: string, option: string, access: number): void {
  if (path === "") throw new UsageError(`${option}: expected the name of a file, got an empty one`);
  const folder = dirname(resolve(path));
  if (!existsSync(folder)) throw new FileError(`${path}: its folder does not exist; create ${dirname(path)} first`);
  try {
    accessSync(folder, access);
  } catch (error) {
    throw fileError(folder, error);
  }
}

/** What stands there, if anything, can be replaced. */
function checkTarget(path: string): void {
  try {
    checkReplaceable(path);
    if (existsSync(path)) accessSync(path, constants.W_OK);
  } catch (error) {
    throw fileError(path, error);
  }
}

/** Whether two paths lead to one file, by whatever links or letters. */
function sameFile(a: string, b: string): boolean {
  const [first, second] = [a, b].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  if (first === undefined || second === undefined) return resolve(a) === resolve(b);
  return first.dev === second.dev && first.ino === second.ino;
}

/** Writes the model to `out`, or to the corpus's name if that is undefined; returns where it went. */
function save(trainer: Trainer, out: string | undefined, corpus: string): string {
  const bytes = modelToBytes(trainer.model, trainer.steps);
  while (true) {
    const path = out ?? freeName(corpus);
    try {
      if (out === undefined) writeNewFile(path, bytes);
      else writeFileAtomically(path, bytes);
      return path;
    } catch (error) {
      // another run took the name since we looked
      if (out === undefined && (error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw fileError(path, error);
    }
  }
}

function introduce(terminal: Terminal, trainer: Trainer, name: string, wanted: Recipe): void {
  const { recipe, vocabulary, engine } = trainer.model;
  const parameters = engine.tensors
    .filter((tensor) => tensor.role === "parameter")
    .reduce((sum, tensor) => sum + tensor.shape.reduce((product, size) => product * size, 1), 0);
  const kept = trainer.validationTokens.length;
  const validation = kept === 0 ? "" : `, and ${grouped(kept)} to validate on`;
  terminal.note(`${name}: ${grouped(trainer.tokens.length)} characters${validation}, ${vocabulary.size} distinct`);
  if (recipe.sequenceLength < wanted.sequenceLength) {
    terminal.note(
      `The text is shorter than ${wanted.batchSize > 1 ? `${wanted.batchSize} rows of ` : ""}--seq ${wanted.sequenceLength}: training with sequences of ${counted(recipe.sequenceLength, "character")}.`,
    );
  }
  const where = recipe.backend === "wasm" ? "in WebAssembly" : `in plain TypeScript, ${recipe.precision}`;
  const layers = recipe.layers === 1 ? "" : `${recipe.layers} layers of `;
  const rows = recipe.batchSize === 1 ? "" : `${recipe.batchSize} rows of `;
  terminal.note(
    `${recipe.cell} with ${layers}${counted(recipe.hiddenSize, "hidden unit")}: ${grouped(parameters)} parameters, ` +
      `${rows}${counted(recipe.sequenceLength, "character")} a step, ` +
      `${recipe.optimizer} at ${recipe.learningRate}, seed ${recipe.seed}, ${where}`,
  );
}

function conclude(terminal: Terminal, run: TrainingRun, out: string, finished: boolean): void {
  const { report, trainer } = run;
  const guessing = Math.log(trainer.model.vocabulary.size);
  const { recipe } = trainer.model;
  const characters = report.step * recipe.sequenceLength * recipe.batchSize;
  terminal.note(
    `${finished ? "Trained" : "Stopped after"} ${counted(report.step, "step")} ` +
      `(${report.epoch.toFixed(1)} times through the text) in ${span(run.seconds)}, ` +
      `${grouped(characters / run.seconds)} characters/s.`,
  );
  const verb = report.smoothLoss < guessing ? "fell" : "went";
  terminal.note(
    `Loss ${verb} from ${guessing.toFixed(2)} (guessing) to ${report.smoothLoss.toFixed(2)} nats per character.`,
  );
  if (run.validationLoss !== undefined) {
    terminal.note(`Validation: ${run.validationLoss.toFixed(3)} nats per character.`);
  }
  terminal.note(`Saved ${out} (${fileSize(statSync(out).size)}).`);
  const command = commandName();
  terminal.note("");
  terminal.note("Next:");
  terminal.note(`  ${command} sample ${quoted(out)} --temperature 0.7`);
  terminal.note(`  ${command} train YOUR.txt --hidden 200 --time 2m`);
  terminal.note(`  ${command} train --help`);
}

/** How this program was called, so that what it suggests can be pasted. */
function commandName(): string {
  if (process.env.npm_lifecycle_event === "npx") return "npx charloom";
  const script = process.argv[1] ?? "charloom";
  return basename(script) === "charloom" ? "charloom" : `node ${quoted(relative(process.cwd(), script))}`;
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
