/**
 * Vanilla recurrent cell (Elman 1990) on one-hot input:
 *
 *   h' = tanh(W_ih x + W_hh h + b)
 *
 * W_ih (H, V), kept as its transpose so that W_ih x, x one-hot, is one contiguous row · W_hh (H, H) · b (H) ·
 * h (T+1, N, H), h[0] is the carried state. Kept for the backward pass: h.
 */

import { TensorKind } from "../abi/constants.ts";
import { matmul } from "../kernels/matmul.ts";
import { gatherRowsPlusBias, scatterAddRows, sumRows } from "../kernels/rows.ts";
import { tanh, tanhBackward } from "../kernels/tanh.ts";
import { transpose } from "../kernels/transpose.ts";
import { Arena } from "../memory/arena.ts";
import { Tensor } from "../memory/tensor.ts";
import { Cell, CellPass } from "./cell.ts";

export class VanillaCell extends Cell {
  readonly weightIh: Tensor;
  readonly weightHh: Tensor;
  readonly bias: Tensor;
  readonly gradWeightIh: Tensor;
  readonly gradWeightHh: Tensor;
  readonly gradBias: Tensor;
  /** W_hhᵀ (H, H): the forward product reads it row by row. */
  readonly weightHhTransposed: Tensor;

  constructor(
    arena: Arena,
    readonly vocabularySize: i32,
    readonly hiddenSize: i32,
  ) {
    super();
    const h = hiddenSize;
    this.weightIh = arena.declareTransposed(TensorKind.Parameter, "rnn.weight_ih_l0", h, vocabularySize);
    this.weightHh = arena.declareMatrix(TensorKind.Parameter, "rnn.weight_hh_l0", h, h);
    this.bias = arena.declareVector(TensorKind.Parameter, "rnn.bias_ih_l0", h);
    this.gradWeightIh = arena.declareTransposed(TensorKind.Gradient, "grad.rnn.weight_ih_l0", h, vocabularySize);
    this.gradWeightHh = arena.declareMatrix(TensorKind.Gradient, "grad.rnn.weight_hh_l0", h, h);
    this.gradBias = arena.declareVector(TensorKind.Gradient, "grad.rnn.bias_ih_l0", h);
    this.weightHhTransposed = arena.declareMatrix(TensorKind.Workspace, "rnn.weight_hh_l0_transposed", h, h);
  }

  prepare(): void {
    transpose(this.weightHhTransposed.address, this.weightHh.address, this.hiddenSize, this.hiddenSize);
  }

  createPass(arena: Arena, timeSteps: i32, rows: i32, training: bool): CellPass {
    return new VanillaPass(this, arena, timeSteps, rows, training);
  }
}

class VanillaPass extends CellPass {
  /** (N, H): the carried state. */
  private readonly state: Tensor;
  /** h (T+1, N, H). */
  private readonly hiddens: Tensor;
  /** ∂loss/∂h (T, N, H), turned into ∂loss/∂(pre-activation) by the backward pass; the sampler has none. */
  private grads: Tensor | null = null;
  private readonly rowBytes: usize;

  constructor(
    private readonly cell: VanillaCell,
    arena: Arena,
    timeSteps: i32,
    private readonly rows: i32,
    training: bool,
  ) {
    super();
    const h = cell.hiddenSize;
    const kind = training ? TensorKind.State : TensorKind.SamplerState;
    const owner = training ? "train" : "sampler";
    this.state = arena.declareMatrix(kind, training ? "state.hidden_l0" : "sampler.hidden_l0", rows, h);
    this.hiddens = arena.declareMatrix(TensorKind.Workspace, owner + ".hiddens_l0", (timeSteps + 1) * rows, h);
    if (training) {
      this.grads = arena.declareMatrix(TensorKind.Workspace, "train.grad_hiddens_l0", timeSteps * rows, h);
    }
    this.rowBytes = (<usize>h) << 2;
  }

  get hidden(): usize {
    return this.hiddens.address + this.stepBytes;
  }

  get gradHidden(): usize {
    return this.grads!.address;
  }

  forward(tokens: usize, timeSteps: i32): void {
    const cell = this.cell;
    const rows = this.rows;
    const h = cell.hiddenSize;
    const rowBytes = this.rowBytes;
    const stepBytes = this.stepBytes;
    const w = cell.weightHhTransposed.address;
    memory.copy(this.hiddens.address, this.state.address, stepBytes);
    // all inputs at once: z[t] = W_ih x[t] + b, in the place of h[t+1]
    gatherRowsPlusBias(this.hidden, cell.weightIh.address, tokens, cell.bias.address, timeSteps * rows, h);
    let previous = this.hiddens.address;
    for (let t = 0; t < timeSteps; t++) {
      const next = previous + stepBytes;
      // h' = tanh(z + W_hh h)
      matmul(next, rowBytes, previous, rowBytes, 4, w, rowBytes, rows, h, h, true);
      tanh(next, next, rows * h);
      previous = next;
    }
  }

  backward(tokens: usize, timeSteps: i32): void {
    const cell = this.cell;
    const rows = this.rows;
    const h = cell.hiddenSize;
    const rowBytes = this.rowBytes;
    const stepBytes = this.stepBytes;
    const w = cell.weightHh.address;
    for (let t = timeSteps - 1; t >= 0; t--) {
      const grad = this.gradHidden + <usize>t * stepBytes;
      // h' = tanh(z)  →  ∂z = ∂h' ⊙ (1 - h'²)
      tanhBackward(grad, grad, this.hidden + <usize>t * stepBytes, rows * h);
      // z = … + W_hh h  →  ∂h += ∂z W_hh
      if (t > 0) matmul(grad - stepBytes, rowBytes, grad, rowBytes, 4, w, rowBytes, rows, h, h, true);
    }
    const gradZ = this.gradHidden;
    const count = timeSteps * rows;
    // z = W_ih x + W_hh h + b  →  ∂W_hh = Σ ∂zᵀ h, ∂b = Σ ∂z, ∂W_ih[:, x] += ∂z
    matmul(cell.gradWeightHh.address, rowBytes, gradZ, 4, rowBytes, this.hiddens.address, rowBytes, h, h, count, false);
    sumRows(cell.gradBias.address, gradZ, count, h);
    memory.fill(cell.gradWeightIh.address, 0, <usize>cell.vocabularySize * rowBytes);
    scatterAddRows(cell.gradWeightIh.address, tokens, gradZ, count, h);
  }

  carryState(timeSteps: i32): void {
    memory.copy(this.state.address, this.hiddens.address + <usize>timeSteps * this.stepBytes, this.stepBytes);
  }

  resetState(): void {
    memory.fill(this.state.address, 0, this.stepBytes);
  }

  copyStateFrom(other: CellPass): void {
    memory.copy(this.state.address, (<VanillaPass>other).state.address, this.rowBytes);
  }

  private get stepBytes(): usize {
    return <usize>this.rows * this.rowBytes;
  }
}
