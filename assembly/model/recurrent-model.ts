/**
 * What a model is without its training: parameters, and a sampler that steps over them with a state of its own, a token at a time:
 *
 *   token → (embedding) → recurrent stack → decoder → logits → probabilities, or the loss at a target
 *
 * inference.wasm holds this alone; language-model.ts adds the training. Logits, probabilities (V).
 *
 * The parts marked "share" are run by every member of the team at once (threads/team.ts), with a barrier where one reads what
 * others wrote; what comes before and after is the leader's alone.
 */

import { TensorKind } from "../abi/constants.ts";
import { Cell } from "../cells/cell.ts";
import { LayerOptions } from "../cells/layer-options.ts";
import { createCell } from "../cells/registry.ts";
import { drawIndex } from "../kernels/draw.ts";
import { log } from "../kernels/log.ts";
import { expRow, maximum, scale, softmax } from "../kernels/softmax.ts";
import { Embedding } from "../layers/embedding.ts";
import { Linear } from "../layers/linear.ts";
import { Arena } from "../memory/arena.ts";
import { COLUMN_GRAIN } from "../memory/dense-weight.ts";
import { Scratch } from "../memory/scratch.ts";
import { Tensor } from "../memory/tensor.ts";
import { shareEnd, shareStart } from "../threads/partition.ts";
import { barrier } from "../threads/team.ts";
import { ModelOptions } from "./model-options.ts";
import { StackPass } from "./stack-pass.ts";

export class RecurrentModel {
  readonly arena: Arena;
  readonly options: ModelOptions;
  /** Address of the model that the same instance made before; 0 if there is none. */
  older: usize = 0;
  protected readonly embedding: Embedding | null;
  protected readonly cells: Array<Cell>;
  protected readonly layers: Array<LayerOptions>;
  protected readonly decoder: Linear;
  protected readonly sampler: StackPass;
  /** Whether the panels are those of the parameters as they are now. */
  protected prepared: bool = false;
  private readonly samplerToken: Tensor;
  private readonly samplerLogits: Tensor;
  private readonly samplerProbabilities: Tensor;
  /** Σ exp of the logits, shifted by the largest, then its logarithm. */
  private readonly samplerLogSum: Tensor;

  /** Parameters have gradients beside them if `training`. */
  constructor(options: ModelOptions, training: bool) {
    const arena = new Arena(training);
    const vocabularySize = options.vocabularySize;
    const hiddenSize = options.hiddenSize;
    const sequenceLength = options.sequenceLength;
    const batchSize = options.batchSize;
    this.arena = arena;
    this.options = options;

    const rows = sequenceLength * batchSize;
    const scratch = new Scratch(arena, rows, max(hiddenSize, options.embeddingSize), options.threads);
    let embedding: Embedding | null = null;
    if (options.embeddingSize > 0) embedding = new Embedding(arena, vocabularySize, options.embeddingSize);
    this.embedding = embedding;
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
    this.layers = layers;
    const shared = options.tied && embedding ? embedding.table : null;
    this.decoder = new Linear(arena, "decoder", hiddenSize, vocabularySize, options.bias, rows, scratch, shared);

    this.samplerToken = arena.declareVector(TensorKind.Workspace, "sampler.token", 1);
    this.sampler = new StackPass(arena, cells, layers, embedding, 1, 1, false, 1);
    this.samplerLogits = arena.declareVector(TensorKind.Workspace, "sampler.logits", vocabularySize);
    this.samplerProbabilities = arena.declareVector(TensorKind.Workspace, "sampler.probabilities", vocabularySize);
    this.samplerLogSum = arena.declareVector(TensorKind.Workspace, "sampler.log_sum", 1);
  }

  /** To be called after the host wrote parameters. */
  parametersChanged(): void {
    this.prepared = false;
  }

  resetSampler(): void {
    this.sampler.resetState();
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
    this.sampler.carryState(1, 0, 1);
  }

  /** Probabilities of the next token at 1 / inverseTemperature, into `samplerProbabilities`; at Infinity, the likeliest's alone. */
  samplerSoftmax(inverseTemperature: f32): void {
    const size = this.options.vocabularySize;
    // 0 times Infinity, the likeliest logit's, would be NaN
    const factor = min(inverseTemperature, f32.MAX_VALUE);
    softmax(this.samplerProbabilities.address, this.samplerLogits.address, size, factor);
  }

  /** The token that `samplerProbabilities` draw at 0 < unit < 1. */
  samplerDraw(unit: f64): i32 {
    return drawIndex(this.samplerProbabilities.address, this.options.vocabularySize, unit);
  }

  /**
   * Nats that `target` costs as the next token, in the arithmetic of the training loss (layers/cross-entropy.ts), whose sum over a
   * text is the same, to the bit. Leaves the probabilities at temperature 1 in `samplerProbabilities`.
   */
  samplerLoss(target: u32): f64 {
    const size = this.options.vocabularySize;
    const logits = this.samplerLogits.address;
    const probabilities = this.samplerProbabilities.address;
    const logSum = this.samplerLogSum.address;
    const max = maximum(logits, size);
    const targetLogit = load<f32>(logits + ((<usize>target) << 2)) - max;
    const sum = expRow(probabilities, logits, size, max, 1);
    scale(probabilities, 1 / sum, size);
    store<f32>(logSum, sum);
    log(logSum, logSum, 1);
    return <f64>load<f32>(logSum) - <f64>targetLogit;
  }

  protected prepareShare(): void {
    if (this.prepared) return;
    for (let l = 0; l < this.cells.length; l++) {
      this.cells[l].input.prepare();
      this.cells[l].prepare();
    }
    this.decoder.prepare();
    barrier();
  }
}
