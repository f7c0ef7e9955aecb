/**
 * A recurrent language model and one step of its training:
 *
 *   tokens → (embedding) → recurrent stack → decoder → logits → softmax cross-entropy
 *
 * Training is truncated back-propagation through time: the state is carried from chunk to chunk, the gradient is not. The
 * sampler (recurrent-model.ts) steps over the same parameters with a state of its own.
 *
 * tokens, targets (T, N), time-major · h (T, N, H) · logits (T·N, V).
 *
 * The parts of a step marked "share" are run by every member of the team at once (threads/team.ts), with a barrier where one
 * reads what others wrote; what comes before and after is the leader's alone.
 */

import { Initialization, STEP_LOSS_SCALE, Status, TensorKind } from "../abi/constants.ts";
import { fillRandom } from "../kernels/random.ts";
import { addBlocks, blocksOf, squareBlocks } from "../kernels/reduce.ts";
import { CrossEntropy } from "../layers/cross-entropy.ts";
import { Tensor } from "../memory/tensor.ts";
import { Optimizer } from "../optimizers/optimizer.ts";
import { createOptimizer } from "../optimizers/registry.ts";
import {
  claimEnd,
  claimRows,
  claimStart,
  rowsOfRun,
  runsOfRows,
  shareEnd,
  shareStart,
  startOfRun,
} from "../threads/partition.ts";
import { barrier } from "../threads/team.ts";
import { checkTokens } from "./argument-checks.ts";
import { DropoutMasks } from "./dropout-masks.ts";
import { ModelOptions } from "./model-options.ts";
import { RecurrentModel } from "./recurrent-model.ts";
import { StackPass } from "./stack-pass.ts";

/** Floats of a cache line, which no two members should write to. */
const CACHE_LINE = 16;

export class LanguageModel extends RecurrentModel {
  // `!`, since asc wants all fields set before the constructor reads `this`, and it reads those of the base class
  private readonly loss!: CrossEntropy;
  private readonly optimizer!: Optimizer;
  private readonly trainer!: StackPass;
  private readonly masks!: DropoutMasks;
  private readonly tokens!: Tensor;
  private readonly targets!: Tensor;
  private readonly logits!: Tensor;
  private readonly randomWords!: Tensor;
  /** Σ g² of each block of the gradients. */
  private readonly squaredNorms!: Tensor;

  constructor(options: ModelOptions) {
    super(options, true);
    const arena = this.arena;
    const sequenceLength = options.sequenceLength;
    const batchSize = options.batchSize;
    const rows = sequenceLength * batchSize;
    this.masks = new DropoutMasks();

    const optimizer = createOptimizer(options.optimizer);
    optimizer.declareSlots(arena);
    this.optimizer = optimizer;

    this.tokens = arena.declareMatrix(TensorKind.Tokens, "tokens", sequenceLength, batchSize);
    this.targets = arena.declareMatrix(TensorKind.Tokens, "targets", sequenceLength, batchSize);
    this.trainer = new StackPass(
      arena,
      this.cells,
      this.layers,
      this.embedding,
      sequenceLength,
      batchSize,
      true,
      options.threads,
    );
    this.logits = arena.declareMatrix(TensorKind.Workspace, "train.logits", rows, options.vocabularySize);
    this.loss = new CrossEntropy(arena, rows);
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

  resetState(): void {
    this.trainer.resetState();
  }

  /** Whether the first `timeSteps` of tokens and targets are indices of the vocabulary. */
  checkChunk(timeSteps: i32): Status {
    const options = this.options;
    const count = timeSteps * options.batchSize;
    return checkTokens(this.tokens.address, this.targets.address, count, options.vocabularySize);
  }

  /** What a step tells all members, to be called before their shares. */
  readStep(step: usize): void {
    this.masks.read(step);
  }

  /** Share of a forward pass without dropout, whose final state becomes the carried one. */
  evaluateShare(timeSteps: i32): void {
    this.prepareShare();
    while (claimRows(this.options.batchSize)) {
      this.forwardRows(timeSteps, null, 1);
      this.trainer.carryState(timeSteps, claimStart(), claimEnd() - claimStart());
    }
  }

  /** Share of the step's losses, and of the gradients of loss scale times their sum, with the step's dropout. */
  gradientShare(step: usize, timeSteps: i32): void {
    const trainer = this.trainer;
    const tokens = this.tokens.address;
    const count = timeSteps * this.options.batchSize;
    this.prepareShare();
    while (claimRows(this.options.batchSize)) {
      this.forwardRows(timeSteps, this.masks, load<f32>(step, STEP_LOSS_SCALE));
      this.decodeGradient(timeSteps);
      trainer.backward(timeSteps, this.masks);
    }
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
    const batchSize = this.options.batchSize;
    const row = shareStart(batchSize, 1);
    this.trainer.carryState(timeSteps, row, shareEnd(batchSize, 1) - row);
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

  /** The sampler takes over the trainer's carried state, of batch row 0. */
  copyStateToSampler(): void {
    this.sampler.copyStateFrom(this.trainer);
  }

  /** Of the claimed rows; leaves the gradient at the logits in their place. */
  private forwardRows(timeSteps: i32, masks: DropoutMasks | null, lossScale: f32): void {
    const batchSize = this.options.batchSize;
    const vocabularySize = this.options.vocabularySize;
    const trainer = this.trainer;
    const logits = this.logits.address;
    trainer.forward(this.tokens.address, timeSteps, masks);
    const rows = rowsOfRun(timeSteps, batchSize);
    for (let run = 0; run < runsOfRows(timeSteps, batchSize); run++) {
      const row = startOfRun(run, batchSize);
      this.decoder.forward(this.logitsOfRow(row), this.rowOf(trainer.hidden, row), rows, 0, vocabularySize);
      this.loss.lossesAndGradients(logits, this.targets.address, row, rows, vocabularySize, lossScale);
    }
  }

  /** ∂loss/∂h of the last layer, of the claimed rows. */
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
}
