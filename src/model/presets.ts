/**
 * The text systems that people know, as data: what of each recipe differs from min-char-rnn's, and how it is run where nothing
 * else is said. docs/systems.md tells how each differs from its original.
 */

import { checkChoice } from "../core/engine.ts";
import { OPTIMIZER_FIELDS, type Recipe } from "./recipe.ts";

/** One of the systems that people know. */
export interface Preset {
  /** One line for a list. */
  readonly description: string;
  /** What of its recipe differs from min-char-rnn's. */
  readonly recipe: Partial<Recipe>;
  /** How it is run where nothing else is said. */
  readonly run: PresetRun;
}

/** What is not part of a recipe. */
export interface PresetRun {
  /** The corpus that comes with charloom. */
  readonly corpus: "sonnets" | "dinosaurs";
  /** The run ends after so many steps or passes, or when the smooth loss, in nats per token, falls below a threshold. */
  readonly steps?: number;
  /** Passes over the text. */
  readonly epochs?: number;
  /** Nats per token. */
  readonly untilLoss?: number;
  /** Steps between two samples. */
  readonly sampleEvery: number;
  /** Tokens of a sample. */
  readonly sampleLength: number;
}

const NONE = Number.POSITIVE_INFINITY;

/** The names of the presets. */
export type PresetName =
  | "min-char-rnn"
  | "min-char-rnn-long"
  | "word-rnn"
  | "dinosaurs"
  | "lstm-shakespeare"
  | "char-rnn";

/** The presets by name. */
export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  "min-char-rnn": {
    description: "Karpathy's hundred lines of numpy: vanilla RNN on characters, Adagrad, a sample every 100 steps",
    recipe: {},
    run: { corpus: "sonnets", steps: 100_000, sampleEvery: 100, sampleLength: 200 },
  },
  "min-char-rnn-long": {
    description: "min-char-rnn over 100,000 steps, with a sample every 1,000",
    recipe: {},
    run: { corpus: "sonnets", steps: 100_000, sampleEvery: 1000, sampleLength: 200 },
  },
  "word-rnn": {
    description: "words, a line an example, no biases, plain SGD whose rate halves when the loss rose",
    recipe: {
      unit: "word",
      examples: "lines",
      activation: "linear",
      bias: false,
      initialization: { kind: "fan", scale: 1 },
      optimizer: "sgd",
      learningRate: 0.005,
      schedule: { kind: "halve-on-rise", every: 5 },
      clipValue: NONE,
    },
    run: { corpus: "sonnets", epochs: 100, sampleEvery: 5000, sampleLength: 40 },
  },
  dinosaurs: {
    description: "names, a lower-cased line each, vanilla RNN, AdamW, until the smooth loss is low",
    recipe: {
      examples: "lines",
      lowercase: true,
      hiddenSize: 200,
      initialization: { kind: "fan", scale: 1 },
      optimizer: "adamw",
      learningRate: 0.001,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 1e-4,
      clipValue: 1,
    },
    run: { corpus: "dinosaurs", untilLoss: 1.3, sampleEvery: 2000, sampleLength: 100 },
  },
  "lstm-shakespeare": {
    description: "one LSTM layer whose gates start half open, SGD with a very small rate",
    recipe: {
      cell: "lstm",
      initialization: { kind: "normal", scale: 0.1, gateMean: 0.5 },
      optimizer: "sgd",
      learningRate: 1e-4,
      clipValue: NONE,
    },
    run: { corpus: "sonnets", epochs: 20, sampleEvery: 5000, sampleLength: 200 },
  },
  "char-rnn": {
    description: "the public standard: 2 layers of LSTM 128, batch 50, RMSprop, rate × 0.97 an epoch after 10",
    recipe: {
      cell: "lstm",
      hiddenSize: 128,
      layers: 2,
      batchSize: 50,
      sequenceLength: 50,
      validationFraction: 0.05,
      initialization: { kind: "uniform", scale: 0.08 },
      forgetBias: 1,
      loss: "mean",
      optimizer: "rmsprop",
      learningRate: 0.002,
      beta2: 0.95,
      // its lr_decay_after of 10 comes into force as epoch 10 ends, so that epoch 11 is the first with a smaller rate
      schedule: { kind: "exponential", factor: 0.97, after: 9 },
    },
    run: { corpus: "sonnets", epochs: 50, sampleEvery: 1000, sampleLength: 500 },
  },
};

/** A preset by name. Throws a RangeError for others. */
export function presetOf(name: string): Preset {
  checkChoice("preset", name, Object.keys(PRESETS));
  return PRESETS[name as PresetName];
}

/**
 * A preset's fields with others in their place. Another optimizer brings its own rate and constants, unless they are given:
 * those of the preset's optimizer mean nothing to it.
 */
export function overridePreset(preset: Preset, fields: Partial<Recipe>): Partial<Recipe> {
  const own: Partial<Recipe> = { ...preset.recipe };
  const other = fields.optimizer !== undefined && fields.optimizer !== (own.optimizer ?? "adagrad");
  const kept = Object.entries(own).filter(
    ([name]) => !(other && (OPTIMIZER_FIELDS as readonly string[]).includes(name)),
  );
  return { ...Object.fromEntries(kept), ...fields };
}
