/**
 * A copy of a model that may be played with: one row, one time step at a time, in the module's memory, with parameters, optimizer
 * slots and carried state as they stood. What it was copied from goes on as if nothing had been.
 */

import type { StepSettings } from "../core/engine.ts";
import { RANDOM_STREAMS, RandomStream } from "../core/random.ts";
import type { WasmEngine } from "../core/wasm-engine.ts";
import { createModel, type LanguageModel } from "../model/language-model.ts";
import type { Recipe } from "../model/recipe.ts";
import { stepSettings, Trainer } from "../train/trainer.ts";

export interface ForkedModel extends LanguageModel {
  readonly engine: WasmEngine;
}

/** Values of tensors by name. */
export type Tensors = ReadonlyMap<string, Float32Array>;

export interface Fork {
  readonly model: ForkedModel;
  /** Training steps before the copy was taken. */
  readonly steps: number;
  /** What the next step is told. */
  readonly settings: StepSettings;
  /** Parameters and optimizer slots as they were copied. */
  readonly copied: Tensors;
  /** Token indices of what the text goes on with; of a model without a text, what it writes itself. */
  readonly passage: Uint32Array;
  /** The state before the passage. */
  readonly state: Tensors;
}

/** Tokens of a passage, if there are so many. */
const PASSAGE_LENGTH = 48;

/**
 * A trainer's fork stands where the trainer does: its passage is what row 0 reads next, from the state that it has carried there;
 * of lines, it is one line, from a state of zero. A model's fork has optimizer slots of zero, and a passage that it drew.
 *
 * Dropout is left out, so that the same token always gives the same numbers. A float64 model is rounded to float32.
 */
export async function forkOf(source: Trainer | LanguageModel): Promise<Fork> {
  const trainer = source instanceof Trainer ? source : undefined;
  const { recipe, vocabulary, engine } = trainer?.model ?? (source as LanguageModel);
  // all that is read of the original is read before the first wait, so that it is of one moment
  const copied = new Map<string, Float32Array>();
  for (const { name, role } of engine.tensors) {
    if (role === "parameter" || (role === "optimizer-slot" && trainer !== undefined)) {
      copied.set(name, Float32Array.from(engine.readTensor(name)));
    }
  }
  const place = trainer === undefined ? undefined : placeOf(trainer);
  const steps = trainer?.steps ?? 0;
  const forkRecipe: Recipe = {
    ...recipe,
    batchSize: 1,
    sequenceLength: 1,
    dropout: 0,
    backend: "wasm",
    precision: "float32",
  };
  const settings = {
    ...stepSettings(forkRecipe),
    step: steps + 1,
    learningRate: trainer?.learningRate ?? recipe.learningRate,
  };

  const model = (await createModel(forkRecipe, vocabulary)) as ForkedModel;
  for (const { name, role } of model.engine.tensors) {
    if (role === "optimizer-slot" && !copied.has(name)) copied.set(name, model.engine.readTensor(name));
  }
  writeTensors(model, copied);
  const passage = place?.passage ?? drawnPassage(model);
  return { model, steps, settings, copied, passage, state: place?.state ?? zeroState(model) };
}

export function writeTensors({ engine }: ForkedModel, tensors: Tensors): void {
  for (const [name, values] of tensors) engine.writeTensor(name, values);
}

/** The state of a model before any text. */
export function zeroState({ engine }: ForkedModel): Tensors {
  const tensors = engine.tensors.filter(({ role }) => role === "state");
  return new Map(tensors.map(({ name, shape }) => [name, new Float32Array(shape.reduce((a, b) => a * b, 1))]));
}

/** What row 0 of a trainer reads next, and from which state; no state where it starts from zero. */
function placeOf(trainer: Trainer): { passage: Uint32Array; state?: Tensors } {
  const { training } = trainer;
  const { tokens, starts } = training;
  const { cursor, tensors } = trainer.captureState();
  const { position } = cursor;
  const first = starts === undefined ? position : starts[position]!;
  // with the target of the last token
  const end = starts === undefined ? tokens.length : starts[position + 1]! + 1;
  const passage = Uint32Array.from(tokens.slice(first, Math.min(end, first + PASSAGE_LENGTH)));
  if (starts !== undefined || position === 0) return { passage };
  const state = new Map<string, Float32Array>();
  for (const { name, role, shape } of trainer.model.engine.tensors) {
    // (N, H): the first of N rows
    if (role === "state") state.set(name, Float32Array.from(tensors.get(name)!.subarray(0, shape[1])));
  }
  return { passage, state };
}

/** From a state of zero, after a line's end where there is one. */
function drawnPassage({ engine, vocabulary, recipe }: ForkedModel): Uint32Array {
  const random = new RandomStream(recipe.seed, RANDOM_STREAMS.samples);
  const passage = new Uint32Array(PASSAGE_LENGTH);
  passage[0] = vocabulary.newline ?? 0;
  engine.resetSampler();
  for (let i = 1; i < PASSAGE_LENGTH; i++) passage[i] = engine.samplerDraw(passage[i - 1]!, 1, random.nextUnit());
  return passage;
}
