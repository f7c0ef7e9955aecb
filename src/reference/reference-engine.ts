/**
 * The engine in plain TypeScript, in float32 or float64 storage: the oracle of the tests, the JavaScript side of every bench,
 * and the fallback where WebAssembly is missing. It computes what the WebAssembly engine does, in the plainest loops, with
 * the host's Math; its float32 bits therefore differ from the module's and, in the last place, between JavaScript engines.
 */

import { normalQuantile } from "../../assembly/kernels/portable-math.ts";
import {
  checkChunk,
  checkEngineConfig,
  checkToken,
  type Engine,
  type EngineConfig,
  type FloatArray,
  type Initialization,
  type StepResult,
  type StepSettings,
  type TensorInfo,
} from "../core/engine.ts";
import { RandomStream } from "../core/random.ts";
import type { ReferenceCellPass } from "./cell.ts";
import type { ReferenceOptimizer } from "./optimizer.ts";
import { REFERENCE_CELLS, REFERENCE_OPTIMIZERS } from "./registry.ts";
import { type Precision, TensorStore } from "./tensor-store.ts";

/** Creates an engine with all parameters zero. Throws a RangeError for a configuration outside the limits. */
export function createReferenceEngine(config: EngineConfig, precision: Precision = "float32"): ReferenceEngine {
  return new ReferenceEngine(config, precision);
}

export class ReferenceEngine implements Engine {
  readonly backend = "js";
  readonly config: EngineConfig;
  readonly tensors: readonly TensorInfo[];

  private readonly store: TensorStore;
  private readonly optimizer: ReferenceOptimizer;
  private readonly parameters: { value: FloatArray; gradient: FloatArray; slots: FloatArray[] }[];
  private readonly trainer: ReferenceCellPass;
  private readonly sampler: ReferenceCellPass;
  private readonly decoder: Decoder;
  private readonly logits: FloatArray;
  private readonly nextToken = new Uint32Array(1);
  private readonly nextLogits: FloatArray;
  private readonly nextProbabilities: FloatArray;

  constructor(config: EngineConfig, precision: Precision) {
    checkEngineConfig(config, Object.keys(REFERENCE_CELLS), Object.keys(REFERENCE_OPTIMIZERS));
    const { vocabularySize, hiddenSize, batchSize, sequenceLength } = config;
    this.config = { ...config };
    const store = new TensorStore(precision);
    this.store = store;
    const Cell = REFERENCE_CELLS[config.cell]!;
    const cell = new Cell(store, vocabularySize, hiddenSize);
    this.decoder = new Decoder(store, vocabularySize, hiddenSize);
    const optimizer = REFERENCE_OPTIMIZERS[config.optimizer]!;
    this.optimizer = optimizer;
    this.parameters = store.byRole("parameter").map(({ name, shape }) => ({
      value: store.get(name),
      gradient: store.get(`grad.${name}`),
      slots: optimizer.slots.map((slot) => store.declare(`optimizer.${slot}.${name}`, "optimizer-slot", shape)),
    }));
    this.trainer = cell.createPass(sequenceLength, batchSize, true);
    this.sampler = cell.createPass(1, 1, false);
    this.logits = store.allocate(sequenceLength * batchSize * vocabularySize);
    this.nextLogits = store.allocate(vocabularySize);
    this.nextProbabilities = store.allocate(vocabularySize);
    this.tensors = store.infos;
  }

  readTensor(name: string): FloatArray {
    return this.store.get(name).slice();
  }

  writeTensor(name: string, values: ArrayLike<number>): void {
    const tensor = this.store.get(name);
    if (values.length !== tensor.length) {
      throw new RangeError(`tensor "${name}": expected ${tensor.length} values, got ${values.length}`);
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

  /** The loss alone, in nats: the forward half of `lossAndGradients`. */
  loss(tokens: ArrayLike<number>, targets: ArrayLike<number>): number {
    const timeSteps = checkChunk(this.config, tokens, targets);
    return this.forward(tokens, targets, timeSteps);
  }

  lossAndGradients(tokens: ArrayLike<number>, targets: ArrayLike<number>): StepResult {
    const timeSteps = checkChunk(this.config, tokens, targets);
    const loss = this.forward(tokens, targets, timeSteps);
    this.decoder.backward(this.trainer, this.logits, this.config.batchSize, tokens.length);
    this.trainer.backward(tokens, timeSteps);
    let squaredNorm = 0;
    for (const { gradient } of this.parameters) {
      for (let i = 0; i < gradient.length; i++) squaredNorm += gradient[i]! * gradient[i]!;
    }
    return { loss, gradientNorm: Math.sqrt(squaredNorm) };
  }

  trainStep(tokens: ArrayLike<number>, targets: ArrayLike<number>, settings: StepSettings): StepResult {
    const result = this.lossAndGradients(tokens, targets);
    this.trainer.carryState(tokens.length / this.config.batchSize);
    for (const { value, gradient, slots } of this.parameters) this.optimizer.update(value, gradient, slots, settings);
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
    this.decoder.forward(this.nextLogits, this.sampler, 1, 1);
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

  /** Leaves the gradient of the loss at the logits in their place. */
  private forward(tokens: ArrayLike<number>, targets: ArrayLike<number>, timeSteps: number): number {
    const { logits } = this;
    const { vocabularySize, batchSize } = this.config;
    this.trainer.forward(tokens, timeSteps);
    this.decoder.forward(logits, this.trainer, batchSize, tokens.length);
    let loss = 0;
    for (let row = 0; row < tokens.length; row++) {
      const target = row * vocabularySize + (targets[row] as number);
      const logit = logits[target]!;
      loss += softmaxRow(logits, row * vocabularySize, vocabularySize) - logit;
      logits[target] = logits[target]! - 1;
    }
    return loss;
  }
}

/** The output projection y = W h + b, W (V, H), b (V). */
class Decoder {
  private readonly weight: FloatArray;
  private readonly bias: FloatArray;
  private readonly gradWeight: FloatArray;
  private readonly gradBias: FloatArray;

  constructor(
    store: TensorStore,
    private readonly vocabularySize: number,
    private readonly hiddenSize: number,
  ) {
    this.weight = store.declare("decoder.weight", "parameter", [vocabularySize, hiddenSize]);
    this.bias = store.declare("decoder.bias", "parameter", [vocabularySize]);
    this.gradWeight = store.declare("grad.decoder.weight", "gradient", [vocabularySize, hiddenSize]);
    this.gradBias = store.declare("grad.decoder.bias", "gradient", [vocabularySize]);
  }

  /** `count` rows of logits from the pass's h, whose first `batchSize` rows are the state before the chunk. */
  forward(logits: FloatArray, pass: ReferenceCellPass, batchSize: number, count: number): void {
    const { weight, bias, vocabularySize, hiddenSize } = this;
    const { hidden } = pass;
    for (let row = 0; row < count; row++) {
      const h = (row + batchSize) * hiddenSize;
      for (let i = 0; i < vocabularySize; i++) {
        let y = bias[i]!;
        const w = i * hiddenSize;
        for (let j = 0; j < hiddenSize; j++) y += weight[w + j]! * hidden[h + j]!;
        logits[row * vocabularySize + i] = y;
      }
    }
  }

  backward(pass: ReferenceCellPass, gradLogits: FloatArray, batchSize: number, count: number): void {
    const { weight, gradWeight, gradBias, vocabularySize, hiddenSize } = this;
    const { hidden, gradHidden } = pass;
    gradWeight.fill(0);
    gradBias.fill(0);
    gradHidden.fill(0, 0, count * hiddenSize);
    for (let row = 0; row < count; row++) {
      const h = (row + batchSize) * hiddenSize;
      const gradH = row * hiddenSize;
      for (let i = 0; i < vocabularySize; i++) {
        // y = W h + b  →  ∂b += ∂y, ∂W += ∂y hᵀ, ∂h += Wᵀ ∂y
        const gradY = gradLogits[row * vocabularySize + i]!;
        const w = i * hiddenSize;
        gradBias[i] = gradBias[i]! + gradY;
        for (let j = 0; j < hiddenSize; j++) {
          gradWeight[w + j] = gradWeight[w + j]! + gradY * hidden[h + j]!;
          gradHidden[gradH + j] = gradHidden[gradH + j]! + gradY * weight[w + j]!;
        }
      }
    }
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
