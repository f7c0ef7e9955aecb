/**
 * Vanilla recurrent cell (Elman 1990):
 *
 *   h' = f(W_ih x + b + W_hh h)        f = tanh, relu or the identity
 *
 * gates (T, N, H) · W_hh (H, H) · h (T+1, N, H), h[0] is the carried state. Kept for the backward pass: h.
 */

import { Activation, TensorKind } from "../abi/constants.ts";
import { activate, activateBackward } from "../kernels/activation.ts";
import { Tensor } from "../memory/tensor.ts";
import { Cell, CellPass } from "./cell.ts";
import { InputProjection } from "./input-projection.ts";
import { LayerOptions } from "./layer-options.ts";
import { RecurrentWeight } from "./recurrent-weight.ts";
import { StateSequence } from "./state-sequence.ts";

export class VanillaCell extends Cell {
  readonly recurrent: RecurrentWeight;

  readonly activation: Activation;

  constructor(options: LayerOptions) {
    const size = options.hiddenSize;
    super(size, new InputProjection(options, size));
    this.activation = options.activation;
    this.recurrent = new RecurrentWeight(options, size);
    this.input.declareBias(options);
  }

  prepare(): void {
    this.recurrent.prepare();
  }

  createPass(options: LayerOptions, timeSteps: i32, rows: i32, training: bool): CellPass {
    return new VanillaPass(this, options, timeSteps, rows, training);
  }
}

class VanillaPass extends CellPass {
  private readonly h: StateSequence;
  /** ∂loss/∂h (T, N, H); the sampler has none. */
  private gradH: Tensor | null = null;

  constructor(
    private readonly cell: VanillaCell,
    options: LayerOptions,
    timeSteps: i32,
    private readonly rows: i32,
    training: bool,
  ) {
    super();
    const arena = options.arena;
    const suffix = options.suffix;
    const hiddenSize = cell.hiddenSize;
    this.h = new StateSequence(arena, "hidden", suffix, timeSteps, rows, hiddenSize, training);
    if (training) {
      const name = "train.grad_hidden" + suffix;
      this.gradH = arena.declareMatrix(TensorKind.Workspace, name, timeSteps * rows, hiddenSize);
    }
  }

  get hidden(): usize {
    return this.h.results;
  }

  get gradHidden(): usize {
    return this.gradH!.address;
  }

  get sums(): i32 {
    return this.cell.hiddenSize;
  }

  begin(first: i32, rows: i32): void {
    this.h.begin(first, rows);
  }

  addProducts(gates: usize, t: i32, first: i32, rows: i32, sum: i32, endSum: i32): void {
    const at = this.h.offset(t, first);
    // z = W_ih x + b + W_hh h
    this.cell.recurrent.addProduct(gates + at, this.h.start + at, rows, sum, endSum);
  }

  activate(gates: usize, t: i32, first: i32, rows: i32): void {
    const at = this.h.offset(t, first);
    // h' = f(z)
    activate(this.cell.activation, this.h.results + at, gates + at, rows * this.cell.hiddenSize);
  }

  backward(gates: usize, timeSteps: i32, first: i32, rows: i32): void {
    const cell = this.cell;
    const stepBytes = this.h.stepBytes;
    for (let t = timeSteps - 1; t >= 0; t--) {
      const offset = this.h.offset(t, first);
      const gradH = this.gradHidden + offset;
      // h' = f(z)  →  ∂z = ∂h' ⊙ f'(z)
      activateBackward(cell.activation, gates + offset, gradH, this.hidden + offset, rows * cell.hiddenSize);
      // z = … + W_hh h  →  ∂h += ∂z W_hh
      if (t > 0) cell.recurrent.addGradHidden(gradH - stepBytes, gates + offset, rows);
    }
  }

  gradients(gates: usize, timeSteps: i32): void {
    // ∂W_hh = Σ ∂zᵀ h
    this.cell.recurrent.computeGradient(gates, this.h.start, timeSteps * this.rows);
  }

  carryState(timeSteps: i32, first: i32, rows: i32): void {
    this.h.carry(timeSteps, first, rows);
  }

  resetState(): void {
    this.h.reset();
  }

  copyStateFrom(other: CellPass): void {
    this.h.copyFrom((<VanillaPass>other).h);
  }
}
