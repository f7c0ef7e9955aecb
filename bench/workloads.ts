/**
 * What all benches measure: seven pieces of work, the same for every program that races.
 *
 * A workload is a recipe and the size of a vocabulary; what an engine is told of it follows. All read the built-in
 * sonnets, whose 61 characters are taken modulo the vocabulary's size: the cost of a step depends on its sizes and not
 * on the text.
 */

import type { Engine, EngineConfig, StepSettings } from "../src/core/engine.ts";
import { builtinCorpus } from "../src/data/builtin-corpora.ts";
import { Vocabulary } from "../src/data/vocabulary.ts";
import { initializeModel } from "../src/model/initialize.ts";
import { createModel } from "../src/model/language-model.ts";
import { PRESETS } from "../src/model/presets.ts";
import { completeRecipe, type Recipe } from "../src/model/recipe.ts";
import { stepSettings } from "../src/train/trainer.ts";

export interface Workload {
  /** "W1" … "W4" train, "S1" … "S3" sample. */
  readonly name: string;
  readonly title: string;
  /**
   * "training": forward, backward, clipping and update for each chunk of the text. "sampling": a step, softmax at
   * temperature 1 and a draw for each character, one at a time.
   */
  readonly work: "training" | "sampling";
  readonly recipe: Recipe;
  readonly config: EngineConfig;
  /** What every training step is told; a step adds its number, from 1. */
  readonly settings: StepSettings;
  /** Whether the state is zero at the start of every chunk, as with a name each, and not only at the text's. */
  readonly resetsEveryChunk: boolean;
}

/** Of the samplers: far enough from 0 that some characters are much likelier than others. */
const SAMPLED = { batchSize: 1, sequenceLength: 25, initialization: { kind: "uniform", scale: 0.2 } } as const;

const CHAR_RNN = { ...PRESETS["char-rnn"].recipe, forgetBias: 0 };

export const WORKLOADS: readonly Workload[] = [
  training("W1", "min-char-rnn: tanh of 100, sequences of 25, Adagrad", 65, {}),
  training("W2", "char-rnn: LSTM of 2 × 128, batches of 50 × 50, RMSprop", 65, CHAR_RNN),
  training("W3", "LSTM of 2 × 512, batches of 50 × 50, Adam", 65, {
    ...CHAR_RNN,
    hiddenSize: 512,
    optimizer: "adam",
    beta2: 0.999,
  }),
  {
    ...training("W4", "names of 12 characters: tanh of 200, AdamW", 27, {
      ...PRESETS.dinosaurs.recipe,
      examples: "stream",
      sequenceLength: 12,
    }),
    resetsEveryChunk: true,
  },
  sampling("S1", "sampling from a tanh of 100", { ...SAMPLED }),
  sampling("S2", "sampling from an LSTM of 2 × 128", { ...CHAR_RNN, ...SAMPLED }),
  sampling("S3", "sampling from an LSTM of 2 × 512", { ...CHAR_RNN, ...SAMPLED, hiddenSize: 512 }),
];

function training(name: string, title: string, vocabularySize: number, fields: Partial<Recipe>): Workload {
  const recipe = completeRecipe(fields);
  const { cell, optimizer, hiddenSize, batchSize, sequenceLength, layers, embeddingSize, activation, bias, tied } =
    recipe;
  const config = {
    cell,
    optimizer,
    vocabularySize,
    hiddenSize,
    batchSize,
    sequenceLength,
    layers,
    embeddingSize,
    activation,
    bias,
    tied,
  };
  const lossScale = recipe.loss === "mean" ? 1 / (batchSize * sequenceLength) : 1;
  const settings = { ...stepSettings(recipe), lossScale };
  return { name, title, work: "training", recipe, config, settings, resetsEveryChunk: false };
}

function sampling(name: string, title: string, fields: Partial<Recipe>): Workload {
  return { ...training(name, title, 65, fields), work: "sampling" };
}

export async function workloadTokens({ config }: Workload): Promise<Uint32Array> {
  const text = await builtinCorpus("sonnets");
  return Vocabulary.fromText(text)
    .encode(text)
    .map((token) => token % config.vocabularySize);
}

/** What every contender starts from, by PyTorch's names, row-major, in the engine's order. */
export async function workloadParameters({ recipe, config }: Workload): Promise<Record<string, Float32Array>> {
  // initialization asks for sizes only, so any tokens will do
  const tokens = Array.from({ length: config.vocabularySize }, (_, i) => String.fromCodePoint(0x100 + i));
  const model = await createModel({ ...recipe, backend: "js" }, new Vocabulary(tokens));
  initializeModel(model);
  return readParameters(model.engine);
}

function readParameters(engine: Engine): Record<string, Float32Array> {
  const parameters = engine.tensors.filter(({ role }) => role === "parameter");
  return Object.fromEntries(parameters.map(({ name }) => [name, Float32Array.from(engine.readTensor(name))]));
}
