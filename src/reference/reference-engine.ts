/**
 * The engine in plain TypeScript, in float32 or float64 storage: the oracle of the tests, the JavaScript side of every bench,
 * and the fallback where WebAssembly is missing. It computes what the WebAssembly engine does, in the plainest loops, with
 * the host's Math; its float32 bits therefore differ from the module's and, in the last place, between JavaScript engines.
 */

import { normalQuantile } from "../../assembly/kernels/portable-math.ts";
import { drawIndex } from "../core/draw.ts";
import {
  checkChunk,
  checkEngineConfig,
  checkToken,
  DEFAULT_STEP_SETTINGS,
  type Engine,
  type EngineConfig,
  type FloatArray,
  type Initialization,
  NO_TARGET,
  type StepResult,
  type StepSettings,
  type TensorInfo,
  type WorkspaceTensor,
} from "../core/engine.ts";
import { InvalidValueError } from "../core/errors.ts";
import { RandomStream } from "../core/random.ts";
import { Decoder } from "./decoder.ts";
import type { ReferenceOptimizer } from "./optimizers/optimizer.ts";
import { REFERENCE_CELLS, REFERENCE_OPTIMIZERS } from "./registry.ts";
import { ReferenceStack, ReferenceStackPass } from "./stack.ts";
import { type Precision, TensorStore } from "./tensor-store.ts";

/** Creates an engine with all parameters zero. Throws a RangeError for a configuration outside the limits. */
export function createReferenceEngine(config: EngineConfig, precision: Precision = "float32"): ReferenceEngine {
  return new ReferenceEngine(config, precision);
}

/** The engine in plain TypeScript. `createReferenceEngine` makes one. */
export class ReferenceEngine implements Engine {
  /** Plain TypeScript. */
  readonly backend = "js";
  readonly threads = 1;
  /** What it was created with. */
  readonly config: EngineConfig;
  readonly tensors: readonly TensorInfo[];
  readonly workspace: readonly WorkspaceTensor[];

  private readonly store: TensorStore;
  private readonly optimizer: ReferenceOptimizer;
  private readonly parameters: {
    value: FloatArray;
    gradient: FloatArray;
    /** The gradient after clipping: what the optimizer sees. */
    clipped: FloatArray;
    slots: FloatArray[];
  }[];
  private readonly trainer: ReferenceStackPass;
  private readonly sampler: ReferenceStackPass;
  private readonly decoder: Decoder;
  private readonly logits: FloatArray;
  private readonly nextToken = new Uint32Array(1);
  private readonly nextLogits: FloatArray;
  private readonly nextProbabilities: FloatArray;

  constructor(config: EngineConfig, precision: Precision) {
    checkEngineConfig(config, Object.keys(REFERENCE_CELLS), Object.keys(REFERENCE_OPTIMIZERS));
    const { vocabularySize, hiddenSize, batchSize, sequenceLength, bias, tied } = config;
    this.config = { ...config };
    const store = new TensorStore(precision);
    this.store = store;
    const stack = new ReferenceStack(store, config);
    this.decoder = new Decoder(store, vocabularySize, hiddenSize, bias, tied ? stack.embedding : undefined);
    const optimizer = REFERENCE_OPTIMIZERS[config.optimizer]!;
    this.optimizer = optimizer;
    const infos = store.byRole("parameter");
    // slot by slot, as the module declares them
    const slots = optimizer.slots.map((slot) =>
      infos.map(({ name, shape }) => store.declare(`optimizer.${slot}.${name}`, "optimizer-slot", shape)),
    );
    this.parameters = infos.map(({ name }, i) => ({
      value: store.get(name),
      gradient: store.get(`grad.${name}`),
      clipped: store.allocate(store.get(name).length),
      slots: slots.map((tensors) => tensors[i]!),
    }));
    this.trainer = new ReferenceStackPass(stack, sequenceLength, batchSize, true);
    this.sampler = new ReferenceStackPass(stack, 1, 1, false);
    this.logits = store.allocate(sequenceLength * batchSize * vocabularySize);
    this.nextLogits = store.allocate(vocabularySize);
    this.nextProbabilities = store.allocate(vocabularySize);
    this.tensors = store.infos;
    this.workspace = this.sampler.gates.map(({ length }, l) => ({ name: `sampler.gates_l${l}`, shape: [1, length] }));
  }

  get memoryBytes(): number {
    return this.store.bytes;
  }

  readTensor(name: string): FloatArray {
    return this.store.get(name).slice();
  }

  readWorkspace(name: string): FloatArray {
    const layer = this.workspace.findIndex((known) => known.name === name);
    if (layer >= 0) return this.sampler.gates[layer]!.slice();
    throw new RangeError(
      `workspace tensor "${name}": expected one of ${this.workspace.map((known) => known.name).join(", ")}`,
    );
  }

  writeTensor(name: string, values: ArrayLike<number>): void {
    const tensor = this.store.get(name);
    if (values.length !== tensor.length) {
      throw new InvalidValueError(`tensor "${name}": expected ${tensor.length} values, got ${values.length}`);
    }
    tensor.set(values);
  }

  initializeParameters(initialization: Initialization, seed: number): void {
    for (const [stream, { name, shape }] of this.store.byRole("parameter").entries()) {
      const values = this.store.get(name);
      const random = new RandomStream(seed, stream);
      for (let i = 0; i < values.length; i++) {
        if (shape.length < 2) values[i] = 0;
        else if (initialization.kind === "normal") values[i] = normalQuantile(random.nextUnit()) * initialization.scale;
        else values[i] = (2 * random.nextUnit() - 1) * initialization.scale;
      }
    }
  }

  resetState(): void {
    this.trainer.resetState();
  }

  /** The loss alone, in nats: the forward half of `lossAndGradients`. Changes no state. */
  loss(tokens: ArrayLike<number>, targets: ArrayLike<number>, settings: Partial<StepSettings> = {}): number {
    const timeSteps = checkChunk(this.config, tokens, targets);
    return this.forward(tokens, targets, timeSteps, { ...DEFAULT_STEP_SETTINGS, ...settings });
  }

  evaluate(tokens: ArrayLike<number>, targets: ArrayLike<number>): number {
    const loss = this.loss(tokens, targets);
    this.trainer.carryState(tokens.length / this.config.batchSize);
    return loss;
  }

  lossAndGradients(
    tokens: ArrayLike<number>,
    targets: ArrayLike<number>,
    settings: Partial<StepSettings> = {},
  ): StepResult {
    const { trainer, config } = this;
    const all: StepSettings = { ...DEFAULT_STEP_SETTINGS, ...settings };
    const timeSteps = checkChunk(config, tokens, targets);
    const loss = this.forward(tokens, targets, timeSteps, all);
    this.decoder.backward(trainer.gradHidden, this.logits, trainer.hidden, config.batchSize, tokens.length);
    trainer.backward(tokens, timeSteps, all, config.tied);
    let squaredNorm = 0;
    for (const { gradient } of this.parameters) {
      for (let i = 0; i < gradient.length; i++) squaredNorm += gradient[i]! * gradient[i]!;
    }
    return { loss, gradientNorm: Math.sqrt(squaredNorm) };
  }

  trainStep(tokens: ArrayLike<number>, targets: ArrayLike<number>, settings: Partial<StepSettings>): StepResult {
    const all: StepSettings = { ...DEFAULT_STEP_SETTINGS, ...settings };
    const result = this.lossAndGradients(tokens, targets, all);
    this.trainer.carryState(tokens.length / this.config.batchSize);
    const { clipNorm, clipValue } = all;
    const scale = clipNorm === Number.POSITIVE_INFINITY ? 1 : Math.min(1, clipNorm / (result.gradientNorm + 1e-6));
    for (const { value, gradient, clipped, slots } of this.parameters) {
      for (let i = 0; i < gradient.length; i++) {
        clipped[i] = Math.max(-clipValue, Math.min(clipValue, scale * gradient[i]!));
      }
      this.optimizer.update(value, clipped, slots, all);
    }
    return result;
  }

  resetSampler(): void {
    this.sampler.resetState();
  }

  copyStateToSampler(): void {
    this.sampler.copyStateFrom(this.trainer);
  }

  samplerStep(token: number): void {
    checkToken(token, this.config.vocabularySize);
    this.nextToken[0] = token;
    this.sampler.forward(this.nextToken, 1);
    this.sampler.carryState(1);
    this.decoder.forward(this.nextLogits, this.sampler.hidden, 1, 1);
  }

  samplerLogits(): FloatArray {
    return this.nextLogits;
  }

  samplerProbabilities(temperature: number): FloatArray {
    const probabilities = this.nextProbabilities;
    for (let i = 0; i < probabilities.length; i++) probabilities[i] = this.nextLogits[i]! / temperature;
    softmaxRow(probabilities, 0, probabilities.length);
    return probabilities;
  }

  samplerDraw(token: number, temperature: number, unit: number): number {
    this.samplerStep(token);
    return drawIndex(this.samplerProbabilities(temperature), unit);
  }

  dispose(): void {}

  /** Does nothing, as `dispose` does: there are no threads. */
  [Symbol.dispose](): void {}

  /** Leaves the gradient of the scaled loss at the logits in their place. */
  private forward(
    tokens: ArrayLike<number>,
    targets: ArrayLike<number>,
    timeSteps: number,
    settings: StepSettings,
  ): number {
    const { logits, trainer } = this;
    const { vocabularySize, batchSize } = this.config;
    const { lossScale } = settings;
    trainer.forward(tokens, timeSteps, settings);
    this.decoder.forward(logits, trainer.hidden, batchSize, tokens.length);
    let loss = 0;
    for (let row = 0; row < tokens.length; row++) {
      const start = row * vocabularySize;
      if (targets[row] === NO_TARGET) {
        logits.fill(0, start, start + vocabularySize);
        continue;
      }
      const target = start + targets[row]!;
      const logit = logits[target]!;
      loss += softmaxRow(logits, start, vocabularySize) - logit;
      logits[target] = logits[target]! - 1;
      if (lossScale !== 1) for (let i = start; i < start + vocabularySize; i++) logits[i] = logits[i]! * lossScale;
    }
    return loss;
  }
}

/** Turns `count` logits into probabilities, in place, and returns the logarithm of the sum of their exponentials. */
function softmaxRow(row: FloatArray, start: number, count: number): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = start; i < start + count; i++) max = Math.max(max, row[i]!);
  let sum = 0;
  for (let i = start; i < start + count; i++) {
    const term = Math.exp(row[i]! - max);
    row[i] = term;
    sum += term;
  }
  for (let i = start; i < start + count; i++) row[i] = row[i]! / sum;
  return max + Math.log(sum);
}
