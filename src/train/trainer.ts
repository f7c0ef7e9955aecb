/** Training on one text: chunk after chunk, one engine step each, with the state carried from one to the next. */

import type { StepSettings } from "../core/engine.ts";
import { RANDOM_STREAMS, RandomStream } from "../core/random.ts";
import { ChunkStream } from "../data/chunks.ts";
import { Vocabulary } from "../data/vocabulary.ts";
import { initializeModel } from "../model/initialize.ts";
import { createModel, type LanguageModel } from "../model/language-model.ts";
import { completeRecipe, type Recipe } from "../model/recipe.ts";
import { drawTokens } from "../sample/sampler.ts";
import { scheduleFactor } from "./schedule.ts";
import { SmoothLoss } from "./smooth-loss.ts";
import { meanLoss } from "./validation.ts";

/** What one training step found. Losses are in nats per token. */
export interface StepReport {
  /** Steps so far, this one included. */
  readonly step: number;
  /** Passes over the text so far, as a fraction. */
  readonly epoch: number;
  /** Mean over the tokens of this step. */
  readonly loss: number;
  /** The running mean that starts at log V. */
  readonly smoothLoss: number;
  /** Of this step, by the schedule. */
  readonly learningRate: number;
  /** Euclidean norm of all gradients, before clipping. */
  readonly gradientNorm: number;
}

/** A loss that is no longer a finite number: the run cannot go on. */
export class DivergenceError extends Error {
  override readonly name = "DivergenceError";

  constructor(readonly step: number) {
    super(
      `training diverged at step ${step}: the loss is not a finite number; use a lower learning rate or a smaller clip value`,
    );
  }
}

/**
 * A trainer for a text, with fresh weights from the recipe's seed. Fields left out are those of min-char-rnn. A text shorter
 * than the sequence is trained with a shorter sequence, which `trainer.model.recipe` then says.
 *
 * Throws a RangeError for a text of less than two characters, or a field out of range.
 */
export async function createTrainer(text: string, fields: Partial<Recipe> = {}): Promise<Trainer> {
  const wanted = completeRecipe(fields);
  if (typeof text !== "string") throw new TypeError(`text: expected a string, got ${typeof text}`);
  if (text === "") throw new RangeError("text: expected at least 2 characters, got an empty text");
  const vocabulary = Vocabulary.fromText(text);
  const tokens = vocabulary.encode(text);
  if (tokens.length < 2) {
    throw new RangeError("text: expected at least 2 characters, got 1; a model learns from pairs of neighbours");
  }
  const { batchSize, validationFraction } = wanted;
  const validationStart = tokens.length - Math.floor(validationFraction * tokens.length);
  const training = tokens.subarray(0, validationStart);
  const validation = tokens.subarray(validationStart);
  const rowLength = Math.floor((training.length - 1) / batchSize);
  if (rowLength < 1) {
    throw new RangeError(
      `text: expected at least ${batchSize + 1} characters for a batch of ${batchSize}, got ${training.length}`,
    );
  }
  if (validationFraction > 0 && validation.length <= batchSize) {
    throw new RangeError(
      `validationFraction: expected at least ${batchSize + 1} characters to validate on, got ${validation.length}`,
    );
  }
  const recipe = { ...wanted, sequenceLength: Math.min(wanted.sequenceLength, rowLength) };
  const model = await createModel(recipe, vocabulary);
  initializeModel(model);
  return new Trainer(model, training, validation);
}

export class Trainer {
  /** Steps so far. */
  steps = 0;
  private epochsDone = 0;
  private readonly stream: ChunkStream;
  private readonly smoothLoss: SmoothLoss;
  private readonly sampleRandom: RandomStream;
  /** What every step is told; only its number changes. */
  private readonly settings: StepSettings & { step: number; learningRate: number };

  constructor(
    readonly model: LanguageModel,
    readonly tokens: Uint32Array,
    /** What was kept from training; may be empty. */
    readonly validationTokens: Uint32Array = new Uint32Array(0),
  ) {
    const { recipe } = model;
    this.stream = new ChunkStream(tokens, recipe.sequenceLength, recipe.batchSize);
    this.settings = stepSettings(recipe);
    this.smoothLoss = new SmoothLoss(model.vocabulary.size);
    this.sampleRandom = new RandomStream(model.recipe.seed, RANDOM_STREAMS.trainingSamples);
  }

  /** One step: a chunk forward, backward, and an update. Throws a DivergenceError when the loss is not finite. */
  step(): StepReport {
    const { engine, recipe } = this.model;
    const { tokens, targets, first } = this.stream.next();
    if (first) {
      engine.resetState();
      this.epochsDone = this.stream.passes;
    }
    const learningRate = recipe.learningRate * scheduleFactor(recipe.schedule, this.steps, this.epochsDone);
    this.settings.learningRate = learningRate;
    this.settings.step = ++this.steps;
    const { loss, gradientNorm } = engine.trainStep(tokens, targets, this.settings);
    if (!Number.isFinite(loss)) throw new DivergenceError(this.steps);
    const meanLoss = loss / tokens.length;
    return {
      step: this.steps,
      epoch: this.stream.epoch,
      loss: meanLoss,
      smoothLoss: this.smoothLoss.update(meanLoss),
      learningRate,
      gradientNorm,
    };
  }

  /** Mean loss on the tokens kept from training, in nats per token; undefined if there are none. Changes nothing. */
  validate(): number | undefined {
    if (this.validationTokens.length === 0) return undefined;
    return meanLoss(this.model.engine, this.validationTokens);
  }

  /**
   * A sample of what the model has learnt, as min-char-rnn draws it: from the carried state, after the next character of the
   * text. Training is not changed by it; a step ends it.
   */
  *generate(length: number, temperature = 1): Generator<string, void, void> {
    const { engine, vocabulary } = this.model;
    if (this.stream.atStart) engine.resetSampler();
    else engine.copyStateToSampler();
    engine.samplerStep(this.stream.peek());
    for (const token of drawTokens(engine, length, { temperature }, this.sampleRandom)) {
      yield vocabulary.tokens[token] as string;
    }
  }

  /** The characters of `generate`, joined. */
  sample(length: number, temperature = 1): string {
    let text = "";
    for (const character of this.generate(length, temperature)) text += character;
    return text;
  }
}

/** What a recipe says of every step; number and rate are filled in step by step. */
function stepSettings(recipe: Recipe): StepSettings {
  return {
    step: 0,
    learningRate: recipe.learningRate,
    clipNorm: recipe.clipNorm,
    clipValue: recipe.clipValue,
    lossScale: recipe.loss === "mean" ? 1 / (recipe.sequenceLength * recipe.batchSize) : 1,
    weightDecay: recipe.weightDecay,
    momentum: recipe.momentum,
    nesterov: recipe.nesterov,
    beta1: recipe.beta1,
    beta2: recipe.beta2,
    epsilon: recipe.epsilon,
    epsilonInRoot: recipe.epsilonInRoot,
    dropout: recipe.dropout,
    seed: recipe.seed,
  };
}
