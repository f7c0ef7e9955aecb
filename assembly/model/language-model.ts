/**
 * A recurrent language model and one step of its training:
 *
 *   tokens → (embedding) → recurrent stack → decoder → logits → softmax cross-entropy
 *
 * Training is truncated back-propagation through time: the state is carried from chunk to chunk, the gradient is not. The
 * sampler steps over the same parameters with a state of its own.
 *
 * tokens, targets (T, N), time-major · h (T, N, H) · logits (T·N, V).
 *
 * The parts of a step marked "share" are run by every member of the team at once (threads/team.ts), with a barrier where one
 * reads what others wrote; what comes before and after is the leader's alone.
 */

import { Initialization, STEP_LOSS_SCALE, TensorKind } from "../abi/constants.ts";
import { Cell } from "../cells/cell.ts";
import { LayerOptions } from "../cells/layer-options.ts";
import { createCell } from "../cells/registry.ts";
import { drawIndex } from "../kernels/draw.ts";
import { fillRandom } from "../kernels/random.ts";
import { addBlocks, blocksOf, squareBlocks } from "../kernels/reduce.ts";
import { softmax } from "../kernels/softmax.ts";
import { CrossEntropy } from "../layers/cross-entropy.ts";
import { Embedding } from "../layers/embedding.ts";
import { Linear } from "../layers/linear.ts";
import { Arena } from "../memory/arena.ts";
import { COLUMN_GRAIN } from "../memory/dense-weight.ts";
import { Scratch } from "../memory/scratch.ts";
import { Tensor } from "../memory/tensor.ts";
import { Optimizer } from "../optimizers/optimizer.ts";
import { createOptimizer } from "../optimizers/registry.ts";
import { rowsOfRun, runsOfRows, shareEnd, shareStart, startOfRun } from "../threads/partition.ts";
import { barrier } from "../threads/team.ts";
import { DropoutMasks } from "./dropout-masks.ts";
import { ModelOptions } from "./model-options.ts";
import { StackPass } from "./stack-pass.ts";

/** Floats of a cache line, which no two members should write to. */
const CACHE_LINE = 16;

export class LanguageModel {
  readonly arena: Arena;
  private readonly options: ModelOptions;
  private readonly cells: Array<Cell>;
  private readonly decoder: Linear;
  private readonly loss: CrossEntropy;
  private readonly optimizer: Optimizer;
  private readonly trainer: StackPass;
  private readonly sampler: StackPass;
  private readonly masks: DropoutMasks;
  private readonly tokens: Tensor;
  private readonly targets: Tensor;
  private readonly logits: Tensor;
  private readonly samplerToken: Tensor;
  private readonly samplerLogits: Tensor;
  private readonly samplerProbabilities: Tensor;
  private readonly randomWords: Tensor;
  /** Σ g² of each block of the gradients. */
  private readonly squaredNorms: Tensor;
  /** Whether the panels are those of the parameters as they are now. */
  private prepared: bool = false;

  constructor(options: ModelOptions) {
    const arena = new Arena();
    const vocabularySize = options.vocabularySize;
    const hiddenSize = options.hiddenSize;
    const sequenceLength = options.sequenceLength;
    const batchSize = options.batchSize;
    this.arena = arena;
    this.options = options;
    this.masks = new DropoutMasks();

    const rows = sequenceLength * batchSize;
    const scratch = new Scratch(arena, rows, max(hiddenSize, options.embeddingSize), options.threads);
    let embedding: Embedding | null = null;
    if (options.embeddingSize > 0) embedding = new Embedding(arena, vocabularySize, options.embeddingSize);
    const cells: Array<Cell> = [];
    const layers: Array<LayerOptions> = [];
    for (let l = 0; l < options.layers; l++) {
      const oneHot = l == 0 && !embedding;
      const inputSize = l > 0 ? hiddenSize : oneHot ? vocabularySize : options.embeddingSize;
      const suffix = "_l" + l.toString();
      const layer = new LayerOptions(
        arena,
        suffix,
        inputSize,
        oneHot,
        hiddenSize,
        options.bias,
        batchSize,
        sequenceLength,
        scratch,
        options.activation,
      );
      layers.push(layer);
      cells.push(createCell(options.cell, layer));
    }
    this.cells = cells;
    const shared = options.tied && embedding ? embedding.table : null;
    this.decoder = new Linear(arena, "decoder", hiddenSize, vocabularySize, options.bias, rows, scratch, shared);

    const optimizer = createOptimizer(options.optimizer);
    optimizer.declareSlots(arena);
    this.optimizer = optimizer;

    this.tokens = arena.declareMatrix(TensorKind.Tokens, "tokens", sequenceLength, batchSize);
    this.targets = arena.declareMatrix(TensorKind.Tokens, "targets", sequenceLength, batchSize);
    this.trainer = new StackPass(arena, cells, layers, embedding, sequenceLength, batchSize, true, options.threads);
    this.logits = arena.declareMatrix(TensorKind.Workspace, "train.logits", rows, vocabularySize);
    this.loss = new CrossEntropy(arena, rows);

    this.samplerToken = arena.declareVector(TensorKind.Workspace, "sampler.token", 1);
    this.sampler = new StackPass(arena, cells, layers, embedding, 1, 1, false, 1);
    this.samplerLogits = arena.declareVector(TensorKind.Workspace, "sampler.logits", vocabularySize);
    this.samplerProbabilities = arena.declareVector(TensorKind.Workspace, "sampler.probabilities", vocabularySize);
    this.randomWords = arena.declareVector(TensorKind.Workspace, "random.words", 4);
    const blocks = blocksOf(arena.length(TensorKind.Gradient));
    this.squaredNorms = arena.declareVector(TensorKind.Workspace, "train.squared_norms", blocks);
  }

  /** Fills weights (tensors of rank 2) from stream i of the seed, i counting the parameters; biases become 0. */
  initializeParameters(initialization: Initialization, scale: f64, seedLow: u32, seedHigh: u32): void {
    const tensors = this.arena.tensors;
    let stream: u32 = 0;
    for (let i = 0; i < tensors.length; i++) {
      const tensor = tensors[i];
      if (tensor.kind != TensorKind.Parameter) continue;
      if (tensor.rank == 2) {
        fillRandom(
          tensor.address,
          tensor.rows,
          tensor.columns,
          tensor.rowStride,
          tensor.columnStride,
          initialization == Initialization.Normal,
          scale,
          stream,
          seedLow,
          seedHigh,
          this.randomWords.address,
        );
      } else {
        memory.fill(tensor.address, 0, (<usize>tensor.count) << 2);
      }
      stream++;
    }
    this.prepared = false;
  }

  /** To be called after the host wrote parameters. */
  parametersChanged(): void {
    this.prepared = false;
  }

  resetState(): void {
    this.trainer.resetState();
  }

  /** What a step tells all members, to be called before their shares. */
  readStep(step: usize): void {
    this.masks.read(step);
  }

  /** Share of a forward pass without dropout, whose final state becomes the carried one. */
  evaluateShare(timeSteps: i32): void {
    this.forwardShare(timeSteps, null, 1);
    this.trainer.carryState(timeSteps);
  }

  /** Share of the step's losses, and of the gradients of loss scale times their sum, with the step's dropout. */
  gradientShare(step: usize, timeSteps: i32): void {
    const trainer = this.trainer;
    const tokens = this.tokens.address;
    const count = timeSteps * this.options.batchSize;
    this.forwardShare(timeSteps, this.masks, load<f32>(step, STEP_LOSS_SCALE));
    this.decodeGradient(timeSteps);
    trainer.backward(timeSteps, this.masks);
    barrier();
    this.decoder.gradients(this.logits.address, trainer.hidden, count);
    trainer.gradients(tokens, timeSteps, this.options.tied);
    barrier();
    const gradients = this.arena.length(TensorKind.Gradient);
    const blocks = blocksOf(gradients);
    const sums = this.squaredNorms.address;
    squareBlocks(sums, this.arena.start(TensorKind.Gradient), gradients, shareStart(blocks, 1), shareEnd(blocks, 1));
    barrier();
  }

  /** Share of one update from the gradients of the last chunk, whose final state becomes the carried one. */
  updateShare(step: usize, timeSteps: i32): void {
    const floats = this.arena.length(TensorKind.Parameter);
    const first = (<usize>shareStart(floats, CACHE_LINE)) << 2;
    const end = (<usize>shareEnd(floats, CACHE_LINE)) << 2;
    this.trainer.carryState(timeSteps);
    this.optimizer.update(this.arena, step, this.gradientSquaredNorm(), first, end);
  }

  /** Loss in nats, summed over the first `timeSteps` of tokens and targets, after all shares. The panels are up to date. */
  endForward(timeSteps: i32): f64 {
    this.prepared = true;
    return this.loss.total(timeSteps * this.options.batchSize);
  }

  /** Σ g² over all parameters, before clipping. */
  gradientSquaredNorm(): f64 {
    return addBlocks(this.squaredNorms.address, this.squaredNorms.rows);
  }

  resetSampler(): void {
    this.sampler.resetState();
  }

  /** The sampler takes over the trainer's carried state, of batch row 0. */
  copyStateToSampler(): void {
    this.sampler.copyStateFrom(this.trainer);
  }

  /** What the sampler is to be fed, to be called before the shares. */
  setSamplerToken(token: u32): void {
    store<u32>(this.samplerToken.address, token);
  }

  /** Share of feeding that token to the sampler; afterwards `samplerLogits` are those of the next. */
  samplerShare(): void {
    const outputs = this.options.vocabularySize;
    this.prepareShare();
    this.sampler.forwardTogether(this.samplerToken.address);
    const logits = this.samplerLogits.address;
    const first = shareStart(outputs, COLUMN_GRAIN);
    this.decoder.forward(logits, this.sampler.hidden, 1, first, shareEnd(outputs, COLUMN_GRAIN));
  }

  /** After all shares: the sampler's new state is its state, and the panels are up to date. */
  endSamplerStep(): void {
    this.prepared = true;
    this.sampler.carryState(1);
  }

  /** Probabilities of the next token at 1 / inverseTemperature, into `samplerProbabilities`. */
  samplerSoftmax(inverseTemperature: f32): void {
    const size = this.options.vocabularySize;
    softmax(this.samplerProbabilities.address, this.samplerLogits.address, size, inverseTemperature);
  }

  /** The token that `samplerProbabilities` draw at 0 < unit < 1. */
  samplerDraw(unit: f64): u32 {
    return drawIndex(this.samplerProbabilities.address, this.options.vocabularySize, unit);
  }

  /** Leaves the gradient at the logits in their place. */
  private forwardShare(timeSteps: i32, masks: DropoutMasks | null, lossScale: f32): void {
    const batchSize = this.options.batchSize;
    const vocabularySize = this.options.vocabularySize;
    const trainer = this.trainer;
    const logits = this.logits.address;
    this.prepareShare();
    trainer.forward(this.tokens.address, timeSteps, masks);
    const rows = rowsOfRun(timeSteps, batchSize);
    for (let run = 0; run < runsOfRows(timeSteps, batchSize); run++) {
      const row = startOfRun(run, batchSize);
      this.decoder.forward(this.logitsOfRow(row), this.rowOf(trainer.hidden, row), rows, 0, vocabularySize);
      this.loss.lossesAndGradients(logits, this.targets.address, row, rows, vocabularySize, lossScale);
    }
  }

  /** ∂loss/∂h of the last layer, of this member's rows. */
  private decodeGradient(timeSteps: i32): void {
    const batchSize = this.options.batchSize;
    const rows = rowsOfRun(timeSteps, batchSize);
    for (let run = 0; run < runsOfRows(timeSteps, batchSize); run++) {
      const row = startOfRun(run, batchSize);
      this.decoder.backward(this.rowOf(this.trainer.gradHidden, row), this.logitsOfRow(row), rows);
    }
  }

  private logitsOfRow(row: i32): usize {
    return this.logits.address + ((<usize>row * <usize>this.options.vocabularySize) << 2);
  }

  /** Of h (T·N, H), or its gradient. */
  private rowOf(hidden: usize, row: i32): usize {
    return hidden + ((<usize>row * <usize>this.options.hiddenSize) << 2);
  }

  private prepareShare(): void {
    if (this.prepared) return;
    for (let l = 0; l < this.cells.length; l++) {
      this.cells[l].input.prepare();
      this.cells[l].prepare();
    }
    this.decoder.prepare();
    barrier();
  }
}
