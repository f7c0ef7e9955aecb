/**
 * One run of the recurrent stack over a chunk: tokens → (embedding) → layer 0 → (dropout) → layer 1 → … → h of the last layer.
 *
 * tokens (T, N), time-major · inputs of layer l > 0, or of any layer behind an embedding: (T·N, D).
 */

import { TensorKind } from "../abi/constants.ts";
import { Cell, CellPass } from "../cells/cell.ts";
import { LayerOptions } from "../cells/layer-options.ts";
import { dropout } from "../kernels/dropout.ts";
import { Embedding } from "../layers/embedding.ts";
import { Arena } from "../memory/arena.ts";
import { Tensor } from "../memory/tensor.ts";
import { DropoutMasks } from "./dropout-masks.ts";

export class StackPass {
  private readonly passes: Array<CellPass>;
  private readonly gates: Array<Tensor>;
  /** What each layer reads, after dropout; for layer 0 the embedded tokens, if there is an embedding. */
  private readonly inputs: Array<Tensor>;
  /** ∂loss/∂(embedded tokens); null without an embedding, and in the sampler. */
  private gradEmbedded: Tensor | null = null;
  private readonly randomWords: Tensor;

  constructor(
    arena: Arena,
    private readonly cells: Array<Cell>,
    options: Array<LayerOptions>,
    /** Null for one-hot input. */
    private readonly embedding: Embedding | null,
    timeSteps: i32,
    private readonly rows: i32,
    training: bool,
  ) {
    const owner = training ? "train." : "sampler.";
    const count = timeSteps * rows;
    this.passes = [];
    this.gates = [];
    this.inputs = [];
    this.randomWords = arena.declareVector(TensorKind.Workspace, owner + "random_words", 4);
    for (let l = 0; l < cells.length; l++) {
      const suffix = options[l].suffix;
      // a one-hot layer reads tokens: its input is a tensor of nothing
      const inputRows = options[l].oneHot ? 0 : count;
      const width = options[l].inputSize;
      this.inputs.push(arena.declareMatrix(TensorKind.Workspace, owner + "input" + suffix, inputRows, width));
      this.gates.push(
        arena.declareMatrix(TensorKind.Workspace, owner + "gates" + suffix, count, cells[l].input.gateSize),
      );
      this.passes.push(cells[l].createPass(options[l], timeSteps, rows, training));
    }
    if (embedding && training) {
      this.gradEmbedded = arena.declareMatrix(TensorKind.Workspace, "train.grad_embedded", count, embedding.size);
    }
  }

  /** Address of h (T, N, H) of the last layer. */
  get hidden(): usize {
    return this.last.hidden;
  }

  /** Address of ∂loss/∂h of the last layer. */
  get gradHidden(): usize {
    return this.last.gradHidden;
  }

  /** Runs from the carried state, which stays as it was. Null masks, or those of probability 0, drop nothing. */
  forward(tokens: usize, timeSteps: i32, masks: DropoutMasks | null): void {
    const count = timeSteps * this.rows;
    let input = tokens;
    const embedding = this.embedding;
    if (embedding) {
      input = this.inputs[0].address;
      embedding.forward(input, tokens, count);
    }
    for (let l = 0; l < this.passes.length; l++) {
      if (l > 0) {
        const below = this.passes[l - 1];
        input = this.inputs[l].address;
        const width = this.inputs[l].columns;
        memory.copy(input, below.hidden, (<usize>(count * width)) << 2);
        if (masks) this.drop(input, count * width, l, masks);
      }
      const gates = this.gates[l].address;
      this.cells[l].input.forward(gates, input, count);
      this.passes[l].forward(gates, timeSteps);
    }
  }

  /** After `forward` on the same tokens and masks: overwrites the gradients of all parameters of the stack. */
  backward(tokens: usize, timeSteps: i32, masks: DropoutMasks, tied: bool): void {
    const count = timeSteps * this.rows;
    for (let l = this.passes.length - 1; l >= 0; l--) {
      const gates = this.gates[l].address;
      this.passes[l].backward(gates, timeSteps);
      const input = this.cells[l].input;
      if (l > 0) {
        const gradInput = this.passes[l - 1].gradHidden;
        input.backward(gradInput, gates, this.inputs[l].address, count);
        this.drop(gradInput, count * this.inputs[l].columns, l, masks);
      } else if (this.embedding) {
        const gradEmbedded = this.gradEmbedded!.address;
        input.backward(gradEmbedded, gates, this.inputs[0].address, count);
        this.embedding!.backward(gradEmbedded, tokens, count, tied);
      } else {
        input.backward(0, gates, tokens, count);
      }
    }
  }

  carryState(timeSteps: i32): void {
    for (let l = 0; l < this.passes.length; l++) this.passes[l].carryState(timeSteps);
  }

  resetState(): void {
    for (let l = 0; l < this.passes.length; l++) this.passes[l].resetState();
  }

  /** Takes over row 0 of another pass's carried state. */
  copyStateFrom(other: StackPass): void {
    for (let l = 0; l < this.passes.length; l++) this.passes[l].copyStateFrom(other.passes[l]);
  }

  private get last(): CellPass {
    return this.passes[this.passes.length - 1];
  }

  private drop(x: usize, count: i32, layer: u32, masks: DropoutMasks): void {
    if (masks.probability == 0) return;
    dropout(
      x,
      count,
      masks.probability,
      layer,
      masks.stepLow,
      masks.stepHigh,
      masks.seedLow,
      masks.seedHigh,
      this.randomWords.address,
    );
  }
}
