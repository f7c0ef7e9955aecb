/**
 * A lesson on a live model: one pair of tokens, the one that is read and the one that comes next, taken through every stage of
 * training one at a time. It looks at a copy (fork.ts), so that it may be taken in the middle of a run, which it does not change:
 *
 *     const lesson = await createLesson(trainer);
 *     lesson.choose(7);                      // a place in lesson.passage
 *     lesson.forward();                      // every value of one step
 *     lesson.backward();                     // the loss, and every gradient
 *     lesson.checkGradients(elements);       // some of them against central differences
 *     lesson.preview();                      // what the optimizer would do
    lesson.learn();                        // and does
 *     lesson.learnTimes(100);                // and a hundred more
 *     lesson.startOver();
 */

import { checkWholeNumber } from "../core/engine.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { initializeModel } from "../model/initialize.ts";
import type { LanguageModel } from "../model/language-model.ts";
import type { Recipe } from "../model/recipe.ts";
import { encodeText } from "../model/text-model.ts";
import type { Trainer } from "../train/trainer.ts";
import { type BackwardTrace, type TensorElement, traceBackward } from "./backward-trace.ts";
import { type Fork, forkOf, type Tensors, writeTensors, zeroState } from "./fork.ts";
import { type ForwardTrace, productsFor, traceForward } from "./forward-trace.ts";
import { type CheckedElement, checkElements } from "./gradient-elements.ts";
import type { ModuleProducts } from "./module-products.ts";
import { traceUpdate, type UpdateTrace } from "./update-trace.ts";

/** Values of a parameter, row-major. */
export interface ParameterValues {
  /** PyTorch's name. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What is read and what comes next, as indices into the vocabulary. */
export interface LessonPair {
  /** Of the token that is read, in the passage. */
  readonly position: number;
  readonly token: number;
  readonly target: number;
}

/** A pair learnt over and over: entry 0 is before the first step. */
export interface LearningCurve {
  /** Probability of the target. */
  readonly probabilities: Float64Array;
  /** Nats. */
  readonly losses: Float64Array;
}

/**
 * A lesson on a trainer's model, as it is now and where it now stands in its text, or on a model without a trainer, which writes
 * a passage itself and has an optimizer that remembers nothing. The copy has float32 parameters in WebAssembly, whatever engine
 * the model is on. Throws a RangeError where the copy cannot be held.
 */
export async function createLesson(source: Trainer | LanguageModel): Promise<Lesson> {
  const fork = await forkOf(source);
  return new Lesson(fork, await productsFor(fork.model));
}

export class Lesson {
  /** Training steps of the original when the copy was taken. */
  readonly steps: number;
  private readonly fork: Fork;
  private readonly products: ModuleProducts;
  private tokens: Uint32Array;
  /** Before the passage. */
  private startState: Tensors;
  private position = 0;
  /** Before the token that is read; it stays so while the pair is learnt. */
  private state: Tensors;
  private learnt = 0;
  /** Before any training; made when they are first asked for. */
  private firstParameters: ParameterValues[] | undefined;

  /** For `createLesson`. */
  constructor(fork: Fork, products: ModuleProducts) {
    this.fork = fork;
    this.products = products;
    this.steps = fork.steps;
    this.tokens = fork.passage;
    this.startState = fork.state;
    this.state = fork.state;
    this.choose(Math.min(DEFAULT_POSITION, this.tokens.length - 2));
  }

  /** Of the copy: the original's, but for what makes it a copy of one row and one time step. */
  get recipe(): Recipe {
    return this.fork.model.recipe;
  }

  get vocabulary(): Vocabulary {
    return this.fork.model.vocabulary;
  }

  /** Token indices of the text around the pair. */
  get passage(): Uint32Array {
    return this.tokens;
  }

  get pair(): LessonPair {
    return { position: this.position, token: this.tokens[this.position]!, target: this.tokens[this.position + 1]! };
  }

  /** Steps that the copy has made since it was taken, or since the last `startOver`. */
  get stepsLearnt(): number {
    return this.learnt;
  }

  /**
   * Takes another passage, from a state of zero. Throws an UnknownTokenError at a token that the model does not know, a
   * RangeError for less than two tokens.
   */
  read(text: string): void {
    const tokens = encodeText(this.fork.model, text, "passage");
    if (tokens.length < 2) throw new RangeError(`passage: expected at least 2 tokens, got ${tokens.length}`);
    this.tokens = tokens.slice();
    this.startState = zeroState(this.fork.model);
    this.choose(Math.min(DEFAULT_POSITION, tokens.length - 2));
  }

  /**
   * Takes the pair at a place of the passage, after the model, as it now is, has read what stands before it. Throws a RangeError
   * for a place that has no next token.
   */
  choose(position: number): void {
    checkWholeNumber("position", position, 0, this.tokens.length - 2);
    this.position = position;
    this.state = this.stateAt(this.startState);
  }

  /** All parameters as they now are. */
  parameters(): ParameterValues[] {
    const { engine } = this.fork.model;
    const parameters = engine.tensors.filter(({ role }) => role === "parameter");
    return parameters.map(({ name, shape }) => ({ name, shape, values: engine.readTensor(name) }));
  }

  /** One step forward on the pair's token. */
  forward(): ForwardTrace {
    const { engine } = this.fork.model;
    const { token } = this.pair;
    this.enterState();
    engine.samplerStep(token);
    return traceForward(engine, this.products, token);
  }

  /** The loss of the pair and all gradients. */
  backward(): BackwardTrace {
    const { token, target } = this.pair;
    this.enterState();
    return traceBackward(this.fork.model.engine, token, target);
  }

  /**
   * Gradients of the pair's loss against central differences in float64. Throws a RangeError for an element that no parameter
   * has.
   */
  checkGradients(elements: Iterable<TensorElement>): CheckedElement[] {
    const { token, target } = this.pair;
    this.enterState();
    return checkElements(this.fork.model.engine, token, target, elements);
  }

  /** One training step of the copy on the pair, by the original's optimizer and next learning rate. */
  learn(): UpdateTrace {
    const { token, target } = this.pair;
    this.enterState();
    const settings = { ...this.fork.settings, step: this.steps + ++this.learnt };
    return traceUpdate(this.fork.model.engine, token, target, settings);
  }

  /** What `learn` would do now; the copy stays as it is. */
  preview(): UpdateTrace {
    const update = this.learn();
    const { engine } = this.fork.model;
    for (const { name, before, slots } of update.parameters) {
      engine.writeTensor(name, before);
      for (const slot of slots) engine.writeTensor(`optimizer.${slot.name}.${name}`, slot.before);
    }
    this.learnt--;
    return update;
  }

  /** So many training steps on the pair, each from the same state. */
  learnTimes(count: number): LearningCurve {
    checkWholeNumber("count", count, 0, MOST_STEPS);
    const { engine } = this.fork.model;
    const { token, target } = this.pair;
    const probabilities = new Float64Array(count + 1);
    const losses = new Float64Array(count + 1);
    for (let i = 0; i <= count; i++) {
      this.enterState();
      engine.samplerStep(token);
      probabilities[i] = engine.samplerProbabilities(1)[target]!;
      if (i === count) losses[i] = engine.lossAndGradients([token], [target]).loss;
      else {
        const settings = { ...this.fork.settings, step: this.steps + ++this.learnt };
        losses[i] = engine.trainStep([token], [target], settings).loss;
      }
    }
    return { probabilities, losses };
  }

  /** Makes the copy what it was when it was taken; passage and pair stay. */
  startOver(): void {
    writeTensors(this.fork.model, this.fork.copied);
    this.learnt = 0;
    this.state = this.stateAt(this.startState);
  }

  /**
   * Probabilities (V) of the next token at the pair, of the same model before any training: its recipe's first weights, which
   * have read the passage from a state of zero.
   */
  untrainedProbabilities(): Float32Array {
    const { model } = this.fork;
    const parameters = this.parameters();
    if (this.firstParameters === undefined) {
      initializeModel(model);
      this.firstParameters = this.parameters();
    }
    for (const { name, values } of this.firstParameters) model.engine.writeTensor(name, values);
    this.stateAt(zeroState(model));
    model.engine.samplerStep(this.pair.token);
    const probabilities = model.engine.samplerProbabilities(1).slice() as Float32Array;
    for (const { name, values } of parameters) model.engine.writeTensor(name, values);
    return probabilities;
  }

  /** The state before the pair, from one before the passage; the sampler is left there. */
  private stateAt(start: Tensors): Tensors {
    const { engine } = this.fork.model;
    writeTensors(this.fork.model, start);
    engine.copyStateToSampler();
    for (const token of this.tokens.subarray(0, this.position)) engine.samplerStep(token);
    // the state's tensors and the sampler's differ in their first word
    return new Map([...start.keys()].map((name) => [name, engine.readTensor(name.replace("state.", "sampler."))]));
  }

  /** Trainer and sampler both stand before the pair. */
  private enterState(): void {
    writeTensors(this.fork.model, this.state);
    this.fork.model.engine.copyStateToSampler();
  }
}

/** Far enough into a passage for the state to have something in it. */
const DEFAULT_POSITION = 6;
/** Of one call of `learnTimes`. */
const MOST_STEPS = 100_000;
