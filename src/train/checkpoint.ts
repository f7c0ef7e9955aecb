/**
 * A checkpoint: a model file that training goes on from, to the bit, on any number of threads and in any host.
 *
 * Its model is what a user wants of it: the parameters of the least validation loss where early stopping watches one, else the
 * latest. Where they differ, the latest stand beside them under "last."; a run that may go back when it diverges has the state
 * to go back to under "good.". All else that the next step depends on is the metadata field `training` (docs/format.md).
 *
 * Nothing in it depends on when or how often a run was stopped, so that N + M steps leave the same file as N steps, a resumption
 * and M steps.
 */

import { InvalidValueError } from "../core/errors.ts";
import { VERSION } from "../core/generated/version.ts";
import { type Corpus, corpusOf } from "../data/corpus.ts";
import { UnknownTokenError } from "../data/vocabulary.ts";
import {
  type HistoryEntry,
  readTraining,
  type StateRecord,
  TRAINING_VERSION,
  type TrainingRecord,
} from "../formats/metadata.ts";
import { checkSameVocabulary } from "../formats/metadata-fields.ts";
import { parseModel, writeModel } from "../formats/model-file.ts";
import { checkComplete, fillModel, GOOD, LAST, readMoment, type TensorValues } from "../formats/model-tensors.ts";
import type { ParsedModel } from "../formats/parsed-model.ts";
import { FormatError } from "../formats/safetensors.ts";
import type { HostOptions } from "../model/language-model.ts";
import { completeRecipe, type Recipe } from "../model/recipe.ts";
import type { GuardState } from "./divergence-guard.ts";
import type { EarlyStoppingState } from "./early-stopping.ts";
import { changedFields, checkOverrides } from "./recipe-changes.ts";
import { type Trainer, type TrainerState, trainerOf } from "./trainer.ts";

/** What a run goes on from beside its trainer. */
export interface RunState {
  /** Of the trainer, where it is to go on from another than it stands at. */
  readonly last?: TrainerState | undefined;
  /** What early stopping remembers. */
  readonly earlyStopping?: EarlyStoppingState | undefined;
  /** What the divergence guard remembers. */
  readonly guard?: GuardState | undefined;
  /** The least validation loss so far. */
  readonly best?: BestLoss | undefined;
}

/** The least validation loss of a run. */
export interface BestLoss {
  /** Nats per token. */
  readonly loss: number;
  /** The step after which it was found. */
  readonly step: number;
}

/**
 * A trainer's model and all that its next steps depend on, as the bytes of a file. Throws a FormatError for weights that are not
 * finite.
 */
export function trainerToBytes(trainer: Trainer, run: RunState = {}): Uint8Array {
  const { earlyStopping, guard, best } = run;
  const last = run.last ?? trainer.captureState();
  const kept = earlyStopping?.state;
  const { data, history, run: settings } = trainer.provenance;
  const record: TrainingRecord = {
    version: TRAINING_VERSION,
    state: stateRecord(last),
    data: { sha256: trainer.dataHash, ...data },
    history: [...history],
    ...(settings === undefined ? {} : { run: settings }),
    ...(best === undefined ? {} : { best }),
    ...(earlyStopping === undefined ? {} : { earlyStopping: earlyStoppingRecord(earlyStopping) }),
    ...(guard === undefined ? {} : { guard: { ...guard, state: stateRecord(guard.state) } }),
  };
  const moments = new Map<string, TensorValues>();
  if (kept !== undefined) moments.set(LAST, last.tensors);
  if (guard !== undefined) moments.set(GOOD, guard.state.tensors);
  const { steps, tensors } = kept ?? last;
  return writeModel(trainer.model, steps, (name) => tensors.get(name)!, { record, moments });
}

/** How a checkpoint is gone on from. */
export interface ResumeOptions {
  /** What errors call the file. */
  readonly name?: string;
  /** Fields of the recipe to change: those that say how a step is taken (OVERRIDABLE); it is recorded. */
  readonly overrides?: Partial<Recipe>;
  /** What else the history is to record as changed: what each was and becomes. */
  readonly alsoChanged?: Readonly<Record<string, [unknown, unknown]>>;
  /** Whether to go on with another text, from its beginning; its tokens must all be in the model's vocabulary. */
  readonly allowNewData?: boolean;
  /** On how many threads it runs. */
  readonly host?: HostOptions;
}

/** A trainer that stands where a checkpoint was made, and what else its run goes on from. */
export interface ResumedRun extends RunState {
  /** The trainer. */
  readonly trainer: Trainer;
}

/**
 * A trainer that goes on from a checkpoint as if it had never stopped. `source` is the text that it was made with.
 *
 * Throws a FormatError for bytes that are no whole checkpoint, a RangeError for another text, unless it is allowed, or for a field
 * that cannot change.
 */
export async function resumeTrainer(
  bytes: Uint8Array,
  source: string | Corpus,
  options: ResumeOptions = {},
): Promise<Trainer> {
  return (await resumeRun(openCheckpoint(bytes, options.name), source, options)).trainer;
}

/** A checkpoint whose bytes have been read, but for its tensors. */
export type Checkpoint = ParsedModel & { readonly training: TrainingRecord };

/** Throws a FormatError for anything but a checkpoint. */
export function openCheckpoint(bytes: Uint8Array, name = "checkpoint"): Checkpoint {
  const parsed = parseModel(bytes, name);
  const training = readTraining(parsed.file.metadata, name);
  if (training !== undefined) return { ...parsed, training };
  throw new FormatError(
    `${name}: expected a checkpoint, got a model that does not say where its training stood; start anew from its weights with --init-from`,
  );
}

/** The same as `resumeTrainer`, with what early stopping and the divergence guard remember. */
export async function resumeRun(
  checkpoint: Checkpoint,
  source: string | Corpus,
  { overrides = {}, alsoChanged = {}, allowNewData = false, host = {} }: ResumeOptions = {},
): Promise<ResumedRun> {
  const { name, training, vocabulary } = checkpoint;
  const recipe = completeRecipe({ ...checkpoint.recipe, ...checkOverrides(checkpoint.recipe, overrides) });
  const corpus = typeof source === "string" ? readText(source, checkpoint, allowNewData) : source;
  checkSameVocabulary(vocabulary, corpus.vocabulary, name);
  const trainer = await trainerOf(corpus, { ...recipe, ...corpus.settings }, host).catch((error: Error) => {
    throw new FormatError(`${name}: recipe: ${error.message}`, { cause: error });
  });
  try {
    const { engine } = trainer.model;
    fillModel(engine, checkpoint);
    checkComplete(engine, checkpoint);
    const main = trainer.captureState().tensors;
    const earlyStopping = readEarlyStopping(training, main);
    const last = earlyStopping?.state === undefined ? main : readMoment(engine, checkpoint, LAST);
    const state = restoredState(training.state, last);
    const isNew = trainer.dataHash !== training.data.sha256;
    if (isNew && !allowNewData) throw changed(checkpoint);
    trainer.restoreState(isNew ? fromTheBeginning(state) : state);
    trainer.provenance = {
      data: dataSource(training),
      run: training.run,
      history: [
        ...training.history,
        ...newEntries(
          checkpoint,
          { ...changedFields(checkpoint.recipe, recipe), ...alsoChanged },
          isNew ? trainer.dataHash : undefined,
        ),
      ],
    };
    const guard =
      training.guard === undefined
        ? undefined
        : { ...training.guard, state: restoredState(training.guard.state, readMoment(engine, checkpoint, GOOD)) };
    return { trainer, earlyStopping, guard, best: training.best };
  } catch (error) {
    trainer.model.engine.dispose();
    if (error instanceof RangeError && error.message.startsWith("cursor:")) {
      throw new FormatError(`${name}: training.state.${error.message}; the file is damaged`, { cause: error });
    }
    throw error;
  }
}

/** The text in the model's vocabulary. */
function readText(text: string, checkpoint: Checkpoint, allowNewData: boolean): Corpus {
  try {
    return corpusOf(text, corpusSettings(checkpoint.recipe), checkpoint.vocabulary);
  } catch (error) {
    throw error instanceof UnknownTokenError && !allowNewData ? changed(checkpoint, error) : error;
  }
}

/** How a checkpoint's text is read. */
export function corpusSettings({ unit, examples, lowercase, minCount, limit }: Recipe): Corpus["settings"] {
  return { unit, examples, lowercase, minCount, limit };
}

/** What tells that a text is not the checkpoint's. */
export function changed({ name, training }: Checkpoint, cause?: Error): InvalidValueError {
  const { files, builtin } = training.data;
  const what = files?.join(", ") ?? builtin ?? "the text";
  const why = cause === undefined ? "" : `; ${cause.message}`;
  return new InvalidValueError(
    `${name}: its text (${what}) has changed since: expected SHA-256 ${training.data.sha256.slice(0, 16)}… of what the model sees${why}; give the text that it was trained on, or go on with this one by --allow-new-data`,
    { cause },
  );
}

/** What a resumption adds to the history: nothing where it leaves no trace. */
function newEntries(
  { training }: Checkpoint,
  overrides: Record<string, [unknown, unknown]>,
  newData: string | undefined,
): HistoryEntry[] {
  const changes = Object.keys(overrides).length > 0;
  const sameVersion = training.history.at(-1)?.version === VERSION;
  if (!changes && newData === undefined && sameVersion) return [];
  return [
    {
      event: "resumed",
      version: VERSION,
      step: training.state.steps,
      ...(changes ? { overrides } : {}),
      ...(newData === undefined ? {} : { newData }),
    },
  ];
}

function stateRecord({ steps, cursor, smoothLoss, rateFactor, trainLoss, sampleIndex }: TrainerState): StateRecord {
  return { steps, cursor: { ...cursor }, smoothLoss, rateFactor, trainLoss: trainLoss ?? null, sampleIndex };
}

function restoredState({ trainLoss, ...state }: StateRecord, tensors: TensorValues): TrainerState {
  return { ...state, trainLoss: trainLoss ?? undefined, tensors };
}

/** Of another text nothing has been read yet in this pass. */
function fromTheBeginning(state: TrainerState): TrainerState {
  return { ...state, cursor: { passes: state.cursor.passes, position: 0, offset: 0 } };
}

function earlyStoppingRecord({
  best,
  bestStep,
  looksSince,
  state,
}: EarlyStoppingState): TrainingRecord["earlyStopping"] {
  return {
    looksSince,
    best: Number.isFinite(best) ? { loss: best, step: bestStep } : null,
    state: state === undefined ? null : stateRecord(state),
  };
}

function readEarlyStopping({ earlyStopping }: TrainingRecord, tensors: TensorValues): EarlyStoppingState | undefined {
  if (earlyStopping === undefined) return undefined;
  const { best, looksSince, state } = earlyStopping;
  return {
    best: best?.loss ?? Number.POSITIVE_INFINITY,
    bestStep: best?.step ?? 0,
    looksSince,
    state: state === null ? undefined : restoredState(state, tensors),
  };
}

function dataSource({ data: { sha256: _, ...source } }: TrainingRecord): Omit<TrainingRecord["data"], "sha256"> {
  return source;
}
