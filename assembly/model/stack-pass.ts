/**
 * One run of the recurrent stack over a chunk: tokens → (embedding) → layer 0 → (dropout) → layer 1 → … → h of the last layer.
 *
 * Each member of the team takes the rows of the batch that it has claimed through all layers and time steps; rows never meet.
 *
 * tokens (T, N), time-major · inputs of layer l > 0, or of any layer behind an embedding: (T·N, D).
 */

import { TensorKind } from "../abi/constants.ts";
import { Cell, CellPass } from "../cells/cell.ts";
import { LayerOptions } from "../cells/layer-options.ts";
import { dropout } from "../kernels/dropout.ts";
import { Embedding } from "../layers/embedding.ts";
import { Arena } from "../memory/arena.ts";
import { COLUMN_GRAIN } from "../memory/dense-weight.ts";
import { Tensor } from "../memory/tensor.ts";
import { claimEnd, claimStart, rowsOfRun, runsOfRows, shareEnd, shareStart, startOfRun } from "../threads/partition.ts";
import { barrier, memberIndex } from "../threads/team.ts";
import { DropoutMasks } from "./dropout-masks.ts";

export class StackPass {
  private readonly passes: Array<CellPass>;
  private readonly gates: Array<Tensor>;
  /** What each layer reads, after dropout; for layer 0 the embedded tokens, if there is an embedding. */
  private readonly inputs: Array<Tensor>;
  /** ∂loss/∂(embedded tokens); null without an embedding, and in the sampler. */
  private gradEmbedded: Tensor | null = null;
  /** (threads, 16): four words for each member, on a cache line of its own. */
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
    threads: i32,
  ) {
    const owner = training ? "train." : "sampler.";
    const count = timeSteps * rows;
    this.passes = [];
    this.gates = [];
    this.inputs = [];
    this.randomWords = arena.declareMatrix(TensorKind.Workspace, owner + "random_words", threads, 16);
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

  /**
   * The claimed rows, from the carried state, which stays as it was. Null masks, or those of probability 0, drop nothing.
   */
  forward(tokens: usize, timeSteps: i32, masks: DropoutMasks | null): void {
    const first = claimStart();
    const rows = claimEnd() - first;
    const embedding = this.embedding;
    if (embedding) this.embed(embedding, tokens, timeSteps);
    for (let l = 0; l < this.passes.length; l++) {
      if (l > 0) this.readBelow(l, timeSteps, masks);
      this.projectInput(l, tokens, timeSteps);
      this.passes[l].forward(this.gates[l].address, timeSteps, first, rows);
    }
  }

  /**
   * One time step of a single row, from the carried state, by all members together: each makes its share of a layer's sums, the
   * leader the states from them. All members must call it.
   */
  forwardTogether(token: usize): void {
    const leads = memberIndex() == 0;
    let input = token;
    const embedding = this.embedding;
    if (embedding) {
      input = this.inputs[0].address;
      if (leads) embedding.forward(input, token, 1);
    }
    for (let l = 0; l < this.passes.length; l++) {
      const pass = this.passes[l];
      const gates = this.gates[l].address;
      const gateSize = this.gates[l].columns;
      if (leads) pass.begin(0, 1);
      barrier();
      this.cells[l].input.forward(
        gates,
        input,
        1,
        shareStart(gateSize, COLUMN_GRAIN),
        shareEnd(gateSize, COLUMN_GRAIN),
      );
      pass.addProducts(gates, 0, 0, 1, shareStart(pass.sums, COLUMN_GRAIN), shareEnd(pass.sums, COLUMN_GRAIN));
      barrier();
      if (leads) pass.activate(gates, 0, 0, 1);
      input = pass.hidden;
    }
    barrier();
  }

  /** The claimed rows, after `forward` on the same masks. */
  backward(timeSteps: i32, masks: DropoutMasks): void {
    const first = claimStart();
    const rows = claimEnd() - first;
    for (let l = this.passes.length - 1; l >= 0; l--) {
      this.passes[l].backward(this.gates[l].address, timeSteps, first, rows);
      if (l > 0) {
        const gradInput = this.passes[l - 1].gradHidden;
        this.projectGradient(l, gradInput, timeSteps);
        this.drop(gradInput, l, timeSteps, masks);
      } else if (this.embedding) {
        this.projectGradient(0, this.gradEmbedded!.address, timeSteps);
      }
    }
  }

  /** After `backward` of all rows: this member's share of the gradients of all parameters of the stack, overwritten. */
  gradients(tokens: usize, timeSteps: i32, tied: bool): void {
    const count = timeSteps * this.rows;
    for (let l = this.passes.length - 1; l >= 0; l--) {
      const gates = this.gates[l].address;
      this.passes[l].gradients(gates, timeSteps);
      this.cells[l].input.gradients(gates, this.layerInput(l, tokens), count);
    }
    const embedding = this.embedding;
    if (!embedding) return;
    // the decoder's part of a shared table was made in other shares than the embedding's
    if (tied) barrier();
    embedding.gradient(this.gradEmbedded!.address, tokens, count, tied);
  }

  /** Makes the state after the last forward pass the carried one, of `rows` rows from number `first` on. */
  carryState(timeSteps: i32, first: i32, rows: i32): void {
    for (let l = 0; l < this.passes.length; l++) this.passes[l].carryState(timeSteps, first, rows);
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

  /** What layer l reads: tokens, if it is one-hot, or rows of floats. */
  private layerInput(l: i32, tokens: usize): usize {
    return l == 0 && !this.embedding ? tokens : this.inputs[l].address;
  }

  private embed(embedding: Embedding, tokens: usize, timeSteps: i32): void {
    const rows = rowsOfRun(timeSteps, this.rows);
    for (let run = 0; run < runsOfRows(timeSteps, this.rows); run++) {
      const row = <usize>startOfRun(run, this.rows);
      embedding.forward(this.inputs[0].address + row * rowBytes(this.inputs[0]), tokens + (row << 2), rows);
    }
  }

  private readBelow(l: i32, timeSteps: i32, masks: DropoutMasks | null): void {
    const input = this.inputs[l];
    const width = rowBytes(input);
    const bytes = <usize>rowsOfRun(timeSteps, this.rows) * width;
    const below = this.passes[l - 1].hidden;
    for (let run = 0; run < runsOfRows(timeSteps, this.rows); run++) {
      const offset = <usize>startOfRun(run, this.rows) * width;
      memory.copy(input.address + offset, below + offset, bytes);
    }
    if (masks) this.drop(input.address, l, timeSteps, masks);
  }

  private projectInput(l: i32, tokens: usize, timeSteps: i32): void {
    const gates = this.gates[l];
    const input = this.layerInput(l, tokens);
    const width: usize = input == tokens ? 4 : rowBytes(this.inputs[l]);
    const rows = rowsOfRun(timeSteps, this.rows);
    for (let run = 0; run < runsOfRows(timeSteps, this.rows); run++) {
      const row = <usize>startOfRun(run, this.rows);
      const from = input + row * width;
      this.cells[l].input.forward(gates.address + row * rowBytes(gates), from, rows, 0, gates.columns);
    }
  }

  private projectGradient(l: i32, gradInput: usize, timeSteps: i32): void {
    const gates = this.gates[l];
    const rows = rowsOfRun(timeSteps, this.rows);
    for (let run = 0; run < runsOfRows(timeSteps, this.rows); run++) {
      const row = <usize>startOfRun(run, this.rows);
      const to = gradInput + row * rowBytes(this.inputs[l]);
      this.cells[l].input.backward(to, gates.address + row * rowBytes(gates), rows);
    }
  }

  /** Of what layer l reads, or of the gradient there. */
  private drop(x: usize, l: i32, timeSteps: i32, masks: DropoutMasks): void {
    if (masks.probability == 0) return;
    const width = this.inputs[l].columns;
    const rows = rowsOfRun(timeSteps, this.rows);
    const words = this.randomWords.address + <usize>memberIndex() * rowBytes(this.randomWords);
    for (let run = 0; run < runsOfRows(timeSteps, this.rows); run++) {
      const row = startOfRun(run, this.rows);
      dropout(
        x,
        row * width,
        (row + rows) * width,
        masks.probability,
        l,
        masks.stepLow,
        masks.stepHigh,
        masks.seedLow,
        masks.seedHigh,
        words,
      );
    }
  }
}

function rowBytes(tensor: Tensor): usize {
  return (<usize>tensor.columns) << 2;
}
