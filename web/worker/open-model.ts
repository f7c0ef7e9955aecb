/** Model files that a visitor brings: from Node, from another visit, or none at all. */

import {
  createTrainer,
  estimateStep,
  FormatError,
  initializeFromBytes,
  type LanguageModel,
  modelFromBytes,
  normalizeNewlines,
  parseSafetensors,
  resumeTrainer,
  type Trainer,
} from "../../src/index.ts";
import { CORPORA } from "../protocol/run.ts";
import { Run, sourceOf } from "./run.ts";
import { MOST_MEMORY } from "./run-handlers.ts";
import { readText, type Text } from "./texts.ts";

/** Larger ones would leave no room for themselves in a tab. */
const MOST_BYTES = 500e6;
const HOST = { threads: "auto" } as const;

/** A model file as it was read, and what it says of its training; nothing of that is checked before it is used. */
export interface ModelFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly step: number;
  readonly isCheckpoint: boolean;
  /** A corpus that comes with the page. */
  readonly builtin?: (typeof CORPORA)[number];
  readonly trainedOn?: string;
  /** Steps after which the run was to end. */
  readonly target?: number;
}

/** Throws an Error, in one line, for what is no safetensors file or larger than a tab bears. */
export async function readModelFile(file: File): Promise<ModelFile> {
  const { name, size } = file;
  if (size === 0) throw new Error(`${name}: expected a model file, got an empty one`);
  if (size > MOST_BYTES) {
    throw new Error(
      `${name}: expected at most ${MOST_BYTES / 1e6} MB in a page, got ${Math.round(size / 1e6)} MB; open it with the command line`,
    );
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  const { metadata } = parseSafetensors(bytes, name);
  checkMemory(metadata, name);
  const step = Number(metadata.get("step") ?? 0);
  const training = objectIn(metadata.get("training"));
  const data = objectOf(training?.data);
  const steps = objectOf(training?.run)?.steps;
  const files = Array.isArray(data?.files) ? data.files.filter((path) => typeof path === "string") : [];
  const builtin = CORPORA.find((corpus) => corpus === data?.builtin);
  const trainedOn = builtin ?? (files.length === 0 ? undefined : files.join(", ").slice(0, 200));
  return {
    name,
    bytes,
    step: Number.isSafeInteger(step) && step >= 0 ? step : 0,
    isCheckpoint: training !== undefined,
    ...(builtin === undefined ? {} : { builtin }),
    ...(trainedOn === undefined ? {} : { trainedOn }),
    ...(Number.isSafeInteger(steps) ? { target: steps as number } : {}),
  };
}

/** The model alone. Throws a FormatError for anything but a whole one. */
export function openModel({ bytes, name }: ModelFile): Promise<LanguageModel> {
  return modelFromBytes(bytes, name, HOST);
}

/**
 * The run that a checkpoint is of, with the first of some texts that is its own or, if none is given, with the corpus that it
 * names; undefined where none is. Throws an Error for a checkpoint that cannot go on although its text is there.
 */
export async function runOf(file: ModelFile, texts: readonly Text[]): Promise<Run | undefined> {
  if (!file.isCheckpoint) return undefined;
  const own = file.builtin === undefined ? [] : [await readText({ kind: "builtin", name: file.builtin })];
  const candidates = [...own, ...texts];
  for (const text of candidates) {
    const run = await resumedWith(file, text);
    if (run !== undefined) return run;
  }
  return undefined;
}

/** The same with one text; undefined if it is not the checkpoint's. */
export async function resumedWith(file: ModelFile, text: Text): Promise<Run | undefined> {
  for (const candidate of readings(text)) {
    try {
      return runFrom(
        file,
        candidate,
        await resumeTrainer(file.bytes, candidate.content, { name: file.name, host: HOST }),
      );
    } catch (error) {
      // a text too short for the recipe is another one as well
      const isOther =
        error instanceof RangeError || /: recipe: (text|sequenceLength|validationFraction): /.test(String(error));
      if (!isOther) throw error;
    }
  }
  return undefined;
}

/**
 * A run from a loaded model on another text of its vocabulary: of a checkpoint with all that its optimizer remembers, of a model
 * from its weights. Throws an Error where the text has what the model does not know.
 */
export async function runOnOther(file: ModelFile, text: Text, { recipe }: LanguageModel): Promise<Run> {
  if (file.isCheckpoint) {
    const { bytes, name } = file;
    const trainer = await resumeTrainer(bytes, text.content, { name, allowNewData: true, host: HOST });
    return runFrom(file, text, onText(text, trainer));
  }
  const trainer = await createTrainer(text.content, recipe, HOST);
  try {
    initializeFromBytes(trainer.model, file.bytes, file.name);
  } catch (error) {
    trainer.model.engine.dispose();
    throw error;
  }
  const [created] = trainer.provenance.history;
  trainer.provenance = { ...trainer.provenance, history: [{ ...created!, initFrom: file.name }] };
  return runFrom(file, text, onText(text, trainer));
}

/** A text as it stands and, where its lines end as on Windows, as `--normalize-newlines` reads it. */
export function readings(text: Text): Text[] {
  return text.content.includes("\r\n") ? [text, { ...text, content: normalizeNewlines(text.content) }] : [text];
}

const STEPS_OF_FRESH = 100_000;

/** Says in the checkpoints to come which text it now is. */
function onText(text: Text, trainer: Trainer): Trainer {
  trainer.provenance = { ...trainer.provenance, data: sourceOf(text) };
  return trainer;
}

function runFrom(file: ModelFile, text: Text, trainer: Trainer): Run {
  const { steps } = trainer;
  // as far again as it has come, where it has reached its end or names none
  const target = file.target !== undefined && file.target > steps ? file.target : 2 * steps || STEPS_OF_FRESH;
  const curve = { width: 1, points: [], validation: [] };
  return new Run(trainer, text, { target, temperature: 1, curve, samples: [], seconds: 0, plannedChanges: [] });
}

/** A small file may ask for a large model. What is no recipe at all is found when it is used. */
function checkMemory(metadata: ReadonlyMap<string, string>, name: string): void {
  const recipe = objectIn(metadata.get("recipe"));
  const vocabulary = parsed(metadata.get("vocabulary"));
  if (recipe === undefined || !Array.isArray(vocabulary)) return;
  let bytes: number;
  try {
    bytes = estimateStep({ ...recipe, vocabularySize: vocabulary.length } as never).bytes;
  } catch {
    return;
  }
  if (bytes > MOST_MEMORY) {
    throw new FormatError(
      `${name}: expected a model of at most ${MOST_MEMORY / 1e9} GB in a tab, got one of ${(bytes / 1e9).toFixed(1)} GB; open it with the command line`,
    );
  }
}

function objectIn(json: string | undefined): Readonly<Record<string, unknown>> | undefined {
  return objectOf(parsed(json));
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
}

function parsed(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}
