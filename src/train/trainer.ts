/** Training on one text: chunk after chunk, one engine step each, with the state carried from one to the next. */

import { checkWholeNumber, type FloatArray, LIMITS, type StepSettings } from "../core/engine.ts";
import { InvalidTypeError, InvalidValueError } from "../core/errors.ts";
import { VERSION } from "../core/generated/version.ts";
import type { AbortSignalLike } from "../core/host-types.ts";
import { RANDOM_STREAMS, RandomStream } from "../core/random.ts";
import { SLICE_MILLISECONDS, Turns } from "../core/turns.ts";
import type { ChunkSource, Cursor } from "../data/chunk-source.ts";
import { ChunkStream } from "../data/chunk-stream.ts";
import { type Corpus, corpusOf, type TokenizedText } from "../data/corpus.ts";
import { LineBatches, longestLine } from "../data/line-batches.ts";
import { textHash } from "../data/text-hash.ts";
import { unitNoun } from "../data/unit.ts";
import type { DataRecord, HistoryEntry, RunRecord } from "../formats/metadata.ts";
import { initializeModel } from "../model/initialize.ts";
import { createModel, type HostOptions, type LanguageModel } from "../model/language-model.ts";
import { checkNumber, completeRecipe, type Recipe } from "../model/recipe.ts";
import { drawLines, drawText, drawTextFrom, endOfLine, LONGEST_LINE, SamplerTakenError } from "../sample/sampler.ts";
import { DivergenceError } from "./divergence.ts";
import { changedFields, checkOverrides } from "./recipe-changes.ts";
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
  /** Tokens that this step learnt from. */
  readonly tokens: number;
  /** Mean over all training examples after this step, where the halve-on-rise schedule looked at it. */
  readonly trainLoss?: number;
  /** The same before the first step. */
  readonly initialTrainLoss?: number;
}

/** How `Trainer.run` goes. */
export interface RunOptions {
  /** Steps to take; Infinity if left out. */
  readonly steps?: number;
  /** Ends the run with its reason. */
  readonly signal?: AbortSignalLike | undefined;
  /** How long the thread is kept at a time, but for the step that is on its way; 20 if left out. */
  readonly sliceMilliseconds?: number;
}

/** An hour: longer slices are a mistake of units. */
const MOST_SLICE_MILLISECONDS = 3_600_000;

/** Words of the samples' random stream that belong to each step: more than the longest sample draws. */
const SAMPLE_WORDS = 2 ** 20;

/** Everything that the next steps depend on, besides recipe and text. */
export interface TrainerState {
  /** Steps so far. */
  readonly steps: number;
  /** Where in the text the next chunk begins. */
  readonly cursor: Cursor;
  /** The running mean of the loss, in nats per token. */
  readonly smoothLoss: number;
  /** What halvings have left of the learning rate. */
  readonly rateFactor: number;
  /** Mean loss over all training examples, where the halve-on-rise schedule last looked at it. */
  readonly trainLoss: number | undefined;
  /** Words that samples have drawn since the last step. */
  readonly sampleIndex: number;
  /** Parameters, optimizer slots and carried state by name. */
  readonly tensors: ReadonlyMap<string, FloatArray>;
}

/**
 * A trainer for a text, or for a corpus that was read in pieces, with fresh weights from the recipe's seed. Fields left out are
 * those of min-char-rnn. A sequence that is longer than the text, or than its longest line, becomes as long as that, which
 * `trainer.model.recipe` then says. `host` says on how many threads: they change nothing but the time that it takes.
 *
 * Throws a RangeError for a text of less than two tokens, or a field out of range.
 */
export async function createTrainer(
  source: string | Corpus,
  fields: Partial<Recipe> = {},
  host: HostOptions = {},
): Promise<Trainer> {
  const given = typeof source === "object" && source !== null ? { ...fields, ...source.settings } : fields;
  const wanted = completeRecipe(given);
  if (typeof source !== "string" && typeof source !== "object") {
    throw new InvalidTypeError(`text: expected a string or a corpus, got ${typeof source}`);
  }
  const trainer = await trainerOf(typeof source === "string" ? corpusOf(source, wanted) : source, wanted, host);
  initializeModel(trainer.model);
  return trainer;
}

/** A trainer whose parameters are zero. */
export async function trainerOf({ vocabulary, text }: Corpus, wanted: Recipe, host: HostOptions): Promise<Trainer> {
  const [training, validation] = text.split(wanted.validationFraction);
  const longest = text.starts === undefined ? checkStream(training, validation, wanted) : longestLine(training);
  if (text.starts !== undefined) checkLines(training, validation, wanted);
  if (wanted.sequenceLength === 0 && longest > LIMITS.sequenceLength) {
    throw new InvalidValueError(
      `sequenceLength: expected lines of at most ${LIMITS.sequenceLength} ${unitNoun(vocabulary.unit)}s to read whole, ` +
        `got one of ${longest}; read them in parts, of 25 for one`,
    );
  }
  const sequenceLength = Math.min(wanted.sequenceLength === 0 ? longest : wanted.sequenceLength, longest);
  const model = await createModel({ ...wanted, sequenceLength }, vocabulary, host);
  return new Trainer(model, training, validation);
}

/** Returns the length of a batch row. */
function checkStream(training: TokenizedText, validation: TokenizedText, recipe: Recipe): number {
  const { batchSize, validationFraction, unit } = recipe;
  const noun = `${unitNoun(unit)}s`;
  const rowLength = Math.floor((training.tokens.length - 1) / batchSize);
  if (rowLength < 1) {
    throw new InvalidValueError(
      `text: expected at least ${batchSize + 1} ${noun} for a batch of ${batchSize}, got ${training.tokens.length}`,
    );
  }
  if (validationFraction > 0 && validation.tokens.length <= batchSize) {
    throw new InvalidValueError(
      `validationFraction: expected at least ${batchSize + 1} ${noun} to validate on, got ${validation.tokens.length}`,
    );
  }
  return rowLength;
}

function checkLines(training: TokenizedText, validation: TokenizedText, { validationFraction }: Recipe): void {
  if (training.lines === 0) throw new InvalidValueError("text: expected at least 1 line to train on, got none");
  if (validationFraction > 0 && validation.lines === 0) {
    throw new InvalidValueError("validationFraction: expected at least 1 line to validate on, got none");
  }
}

/** Where a trainer comes from: what a checkpoint says of it that no step depends on. */
export interface Provenance {
  /** The text's files as they were named, or the corpus that comes with charloom; none of a string. */
  readonly data: Omit<DataRecord, "sha256">;
  /** How the command line runs it. */
  readonly run?: RunRecord | undefined;
  readonly history: readonly HistoryEntry[];
}

/** Trains a model on a text. `createTrainer` and `resumeTrainer` make one; `using` disposes of it. */
export class Trainer implements Disposable {
  /** Steps so far. */
  steps = 0;
  /** What a checkpoint will say of where the trainer comes from. @internal */
  provenance: Provenance = { data: {}, history: [{ event: "created", version: VERSION }] };
  private hash: string | undefined;
  private readonly source: ChunkSource;
  private readonly smoothLoss: SmoothLoss;
  private readonly sampleRandom: RandomStream;
  /** What every step is told; what changes from step to step is filled in then. */
  private readonly settings: { -readonly [K in keyof StepSettings]: StepSettings[K] };
  /** What halvings have left of the learning rate. */
  private rateFactor = 1;
  private lastTrainLoss: number | undefined;

  private current: LanguageModel;

  constructor(
    model: LanguageModel,
    /** What is learnt from. */
    readonly training: TokenizedText,
    /** What was kept from training; undefined or without tokens if nothing was. */
    readonly validation?: TokenizedText,
  ) {
    const { recipe } = model;
    const { sequenceLength, batchSize, order, seed } = recipe;
    this.current = model;
    this.source =
      training.starts === undefined
        ? new ChunkStream(training.tokens, sequenceLength, batchSize)
        : new LineBatches(training, sequenceLength, batchSize, order === "shuffle" ? seed : undefined);
    this.settings = stepSettings(recipe);
    this.smoothLoss = new SmoothLoss(model.vocabulary.size);
    this.sampleRandom = new RandomStream(seed, RANDOM_STREAMS.trainingSamples);
  }

  /**
   * One step: a chunk forward, backward, and an update. Throws a DivergenceError when the loss or a gradient is not finite;
   * the parameters are then of no use (divergence-guard.ts keeps good ones).
   */
  step(): StepReport {
    const { engine, recipe } = this.model;
    const { passes } = this.source.cursor;
    const initialTrainLoss = this.firstTrainLoss();
    const { settings, learningRate } = this;
    const { tokens, targets, count, first } = this.source.next();
    if (first) engine.resetState();
    settings.learningRate = learningRate;
    settings.step = ++this.steps;
    this.sampleIndex = 0;
    settings.lossScale = recipe.loss === "mean" ? 1 / count : 1;
    const { loss, gradientNorm } = engine.trainStep(tokens, targets, settings);
    if (!Number.isFinite(loss)) throw new DivergenceError(this.steps, "loss", recipe, settings.learningRate);
    if (!Number.isFinite(gradientNorm))
      throw new DivergenceError(this.steps, "gradient", recipe, settings.learningRate);
    const trainLoss = this.source.cursor.passes > passes ? this.endPass() : undefined;
    return {
      step: this.steps,
      epoch: this.source.epoch,
      loss: loss / count,
      smoothLoss: this.smoothLoss.update(loss / count),
      learningRate: settings.learningRate,
      gradientNorm,
      tokens: count,
      ...(trainLoss === undefined ? {} : { trainLoss }),
      ...(initialTrainLoss === undefined ? {} : { initialTrainLoss }),
    };
  }

  /** The model that is trained; its recipe says how the next step is taken. */
  get model(): LanguageModel {
    return this.current;
  }

  /**
   * Changes how the steps from here on are taken: rate, schedule, clipping, what the optimizer is told, dropout. The history of
   * checkpoints records after which step. Throws a RangeError for a field that must stay as it was, or a value out of range.
   */
  change(fields: Partial<Recipe>): void {
    const { recipe } = this.model;
    const changes = checkOverrides(recipe, fields);
    if ("numerics" in changes)
      throw new InvalidValueError("numerics: cannot change while a model is loaded; resume it with others");
    const next = completeRecipe({ ...recipe, ...changes });
    const overrides = changedFields(recipe, next);
    if (Object.keys(overrides).length === 0) return;
    this.current = { ...this.model, recipe: next };
    Object.assign(this.settings, stepSettings(next));
    const { history, ...provenance } = this.provenance;
    const entry: HistoryEntry = { event: "changed", version: VERSION, step: this.steps, overrides };
    this.provenance = { ...provenance, history: [...history, entry] };
  }

  /**
   * Step after step, on a thread that has other work: it is free again every few milliseconds. Whoever leaves the loop, or aborts
   * the signal, which ends it with the signal's reason, has a trainer that stands after its last report and can go on. Throws as
   * `step` does.
   *
   *     for await (const { step, smoothLoss } of trainer.run({ steps: 5000, signal })) …
   */
  async *run({
    steps = Number.POSITIVE_INFINITY,
    signal,
    sliceMilliseconds = SLICE_MILLISECONDS,
  }: RunOptions = {}): AsyncGenerator<StepReport, void, void> {
    if (steps !== Number.POSITIVE_INFINITY) checkWholeNumber("steps", steps, 0, Number.MAX_SAFE_INTEGER);
    checkNumber("sliceMilliseconds", sliceMilliseconds, 0, MOST_SLICE_MILLISECONDS);
    const turns = new Turns(signal, sliceMilliseconds);
    for (let i = 0; i < steps; i++) {
      yield this.step();
      if (turns.over) await turns.next();
      turns.check();
    }
  }

  /** Ends the threads of the trainer's model, which then takes no more calls. A model on one thread needs no such end. */
  dispose(): void {
    this.model.engine.dispose();
  }

  /** `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** SHA-256 of the text as the model sees it, in hexadecimal (data/text-hash.ts). */
  get dataHash(): string {
    this.hash ??= textHash(this.model.vocabulary, this.training, this.validation);
    return this.hash;
  }

  /** The running mean that `StepReport.smoothLoss` is, after the last step. */
  get currentSmoothLoss(): number {
    return this.smoothLoss.value;
  }

  /** Passes over the text so far, as a fraction. */
  get epoch(): number {
    return this.source.epoch;
  }

  /** Of the next step: the recipe's, by the schedule and its halvings. */
  get learningRate(): number {
    const { learningRate, schedule } = this.model.recipe;
    return learningRate * scheduleFactor(schedule, this.steps, this.source.cursor.passes) * this.rateFactor;
  }

  /** Mean loss over all training examples, in nats per token. Changes nothing. */
  trainLoss(): number {
    return meanLoss(this.model.engine, this.training);
  }

  /** Mean loss on what was kept from training, in nats per token; undefined if nothing was. Changes nothing. */
  validate(): number | undefined {
    if (this.validation === undefined || this.validation.targets === 0) return undefined;
    return meanLoss(this.model.engine, this.validation);
  }

  /** Halves the learning rate from here on. */
  halveRate(): void {
    this.rateFactor /= 2;
  }

  /** A copy of all that the next steps depend on. */
  captureState(): TrainerState {
    const { engine } = this.model;
    const kept = engine.tensors.filter(({ role }) => role !== "gradient" && role !== "sampler-state");
    return {
      steps: this.steps,
      cursor: this.source.cursor,
      smoothLoss: this.smoothLoss.value,
      rateFactor: this.rateFactor,
      trainLoss: this.lastTrainLoss,
      sampleIndex: this.sampleIndex,
      tensors: new Map(kept.map(({ name }) => [name, engine.readTensor(name)])),
    };
  }

  /** Goes back to a captured state: the steps from there on are the same, to the bit. */
  restoreState(state: TrainerState): void {
    this.steps = state.steps;
    this.source.cursor = state.cursor;
    this.smoothLoss.value = state.smoothLoss;
    this.rateFactor = state.rateFactor;
    this.lastTrainLoss = state.trainLoss;
    this.sampleIndex = state.sampleIndex;
    for (const [name, values] of state.tensors) this.model.engine.writeTensor(name, values);
  }

  /**
   * A sample of what the model has learnt, `length` tokens long. Of a stream as min-char-rnn draws it: from the carried state,
   * after the next token of the text; of lines, one line after another, from fresh states. Training is not changed by it; a
   * step ends it with an Error.
   */
  *generate(length: number, temperature = 1): Generator<string, void, void> {
    const { steps } = this;
    for (const piece of this.draw(length, temperature)) {
      yield piece;
      if (this.steps !== steps)
        throw new SamplerTakenError("sampler: the model was trained meanwhile; finish a sample, then step");
    }
  }

  /** The text of `generate`, joined. */
  sample(length: number, temperature = 1): string {
    let text = "";
    for (const piece of this.generate(length, temperature)) text += piece;
    return text;
  }

  private *draw(length: number, temperature: number): Generator<string, void, void> {
    const { model, sampleRandom } = this;
    const { engine } = model;
    if (endOfLine(model) !== undefined) {
      const longest = Math.min(length, LONGEST_LINE);
      yield* drawLines(model, length, { temperature }, sampleRandom, [], Number.POSITIVE_INFINITY, longest);
      return;
    }
    const { token, first } = this.source.peek();
    if (first) engine.resetSampler();
    else engine.copyStateToSampler();
    engine.samplerStep(token);
    // a line of words begins with its first
    if (this.training.starts === undefined) yield* drawText(model, length, { temperature }, sampleRandom);
    else if (length > 0) yield* drawTextFrom(model, token, length, { temperature }, sampleRandom);
  }

  /** Words that samples have drawn since the last step; setting it back has the next sample draw the same ones again. */
  get sampleIndex(): number {
    return this.sampleRandom.index - this.firstSampleWord;
  }

  /** Sets it back, or on. */
  set sampleIndex(index: number) {
    this.sampleRandom.index = this.firstSampleWord + index;
  }

  /** Each step's samples have words of their own: whoever looks at samples, and how often, leaves no trace in later ones. */
  private get firstSampleWord(): number {
    return (this.steps % 2 ** 32) * SAMPLE_WORDS;
  }

  /** Before the first step, the mean loss that the halve-on-rise schedule compares with. */
  private firstTrainLoss(): number | undefined {
    if (this.model.recipe.schedule.kind !== "halve-on-rise" || this.lastTrainLoss !== undefined) return undefined;
    this.lastTrainLoss = this.trainLoss();
    return this.lastTrainLoss;
  }

  /** What the schedule does at the end of a pass; returns the mean loss over all examples if it looked at it. */
  private endPass(): number | undefined {
    const { schedule } = this.model.recipe;
    if (schedule.kind !== "halve-on-rise" || this.source.cursor.passes % schedule.every !== 0) return undefined;
    const before = this.lastTrainLoss;
    this.lastTrainLoss = this.trainLoss();
    if (before !== undefined && this.lastTrainLoss > before) this.halveRate();
    return this.lastTrainLoss;
  }
}

/** What a recipe says of every step; number, rate and scale of the loss are filled in step by step. */
export function stepSettings(recipe: Recipe): StepSettings {
  return {
    step: 0,
    learningRate: recipe.learningRate,
    clipNorm: recipe.clipNorm,
    clipValue: recipe.clipValue,
    lossScale: 1,
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
