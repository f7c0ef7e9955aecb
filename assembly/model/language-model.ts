/**
 * A recurrent language model and one step of its training:
 *
 *   tokens → cell → hidden states → decoder → logits → softmax cross-entropy
 *
 * Training is truncated back-propagation through time: the state is carried from chunk to chunk, the gradient is not. The
 * sampler steps over the same parameters with a state of its own.
 *
 * tokens, targets (T, N), time-major · h (T, N, H) · logits (T·N, V).
 */

import { Initialization, TensorKind } from "../abi/constants.ts";
import { Cell, CellPass } from "../cells/cell.ts";
import { createCell } from "../cells/registry.ts";
import { fillRandom } from "../kernels/random.ts";
import { sumOfSquares } from "../kernels/reduce.ts";
import { softmax } from "../kernels/softmax.ts";
import { CrossEntropy } from "../layers/cross-entropy.ts";
import { Linear } from "../layers/linear.ts";
import { Arena } from "../memory/arena.ts";
import { Tensor } from "../memory/tensor.ts";
import { Optimizer } from "../optimizers/optimizer.ts";
import { createOptimizer } from "../optimizers/registry.ts";

export class LanguageModel {
  readonly arena: Arena;
  private readonly cell: Cell;
  private readonly decoder: Linear;
  private readonly loss: CrossEntropy;
  private readonly optimizer: Optimizer;
  private readonly trainer: CellPass;
  private readonly sampler: CellPass;
  private readonly tokens: Tensor;
  private readonly targets: Tensor;
  private readonly logits: Tensor;
  private readonly samplerToken: Tensor;
  private readonly samplerLogits: Tensor;
  private readonly samplerProbabilities: Tensor;
  private readonly randomWords: Tensor;
  /** Whether the transposed copies are those of the parameters as they are now. */
  private prepared: bool = false;

  constructor(
    readonly vocabularySize: i32,
    hiddenSize: i32,
    readonly batchSize: i32,
    readonly sequenceLength: i32,
    cell: i32,
    optimizer: i32,
  ) {
    const arena = new Arena();
    const rows = sequenceLength * batchSize;
    const recurrent = createCell(cell, arena, vocabularySize, hiddenSize);
    const update = createOptimizer(optimizer);
    this.arena = arena;
    this.cell = recurrent;
    this.decoder = new Linear(arena, "decoder", hiddenSize, vocabularySize);
    update.declareSlots(arena);
    this.optimizer = update;

    this.tokens = arena.declareMatrix(TensorKind.Tokens, "tokens", sequenceLength, batchSize);
    this.targets = arena.declareMatrix(TensorKind.Tokens, "targets", sequenceLength, batchSize);
    this.trainer = recurrent.createPass(arena, sequenceLength, batchSize, true);
    this.logits = arena.declareMatrix(TensorKind.Workspace, "train.logits", rows, vocabularySize);
    this.loss = new CrossEntropy(arena, rows);

    this.samplerToken = arena.declareVector(TensorKind.Workspace, "sampler.token", 1);
    this.sampler = recurrent.createPass(arena, 1, 1, false);
    this.samplerLogits = arena.declareVector(TensorKind.Workspace, "sampler.logits", vocabularySize);
    this.samplerProbabilities = arena.declareVector(TensorKind.Workspace, "sampler.probabilities", vocabularySize);
    this.randomWords = arena.declareVector(TensorKind.Workspace, "random.words", 4);
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

  /** Loss in nats, summed over the first `timeSteps` of tokens and targets; leaves the gradients. Changes no state. */
  lossAndGradients(timeSteps: i32): f64 {
    const rows = timeSteps * this.batchSize;
    const trainer = this.trainer;
    const logits = this.logits.address;
    this.prepare();
    trainer.forward(this.tokens.address, timeSteps);
    this.decoder.forward(logits, trainer.hidden, rows);
    const loss = this.loss.lossAndGradient(logits, this.targets.address, rows, this.vocabularySize);
    this.decoder.backward(trainer.gradHidden, logits, trainer.hidden, rows);
    trainer.backward(this.tokens.address, timeSteps);
    return loss;
  }

  /** Σ g² over all parameters, before clipping. */
  gradientSquaredNorm(): f64 {
    return sumOfSquares(this.arena.start(TensorKind.Gradient), this.arena.length(TensorKind.Gradient));
  }

  /** One update from the gradients of the last chunk, whose final state becomes the carried one. */
  update(timeSteps: i32, learningRate: f32, clipValue: f32): void {
    this.trainer.carryState(timeSteps);
    this.optimizer.update(this.arena, learningRate, clipValue);
    this.prepared = false;
  }

  resetSampler(): void {
    this.sampler.resetState();
  }

  /** The sampler takes over the trainer's carried state, of batch row 0. */
  copyStateToSampler(): void {
    this.sampler.copyStateFrom(this.trainer);
  }

  /** Feeds one token to the sampler; afterwards `samplerLogits` are those of the next token. */
  samplerStep(token: u32): void {
    this.prepare();
    store<u32>(this.samplerToken.address, token);
    this.sampler.forward(this.samplerToken.address, 1);
    this.sampler.carryState(1);
    this.decoder.forward(this.samplerLogits.address, this.sampler.hidden, 1);
  }

  /** Probabilities of the next token at 1 / inverseTemperature, into `samplerProbabilities`. */
  samplerSoftmax(inverseTemperature: f32): void {
    softmax(this.samplerProbabilities.address, this.samplerLogits.address, this.vocabularySize, inverseTemperature);
  }

  private prepare(): void {
    if (this.prepared) return;
    this.cell.prepare();
    this.decoder.prepare();
    this.prepared = true;
  }
}
