/**
 * Long short-term memory (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000; PyTorch's form and order):
 *
 *   i = σ(W_ii x + b_i + W_hi h)        input gate
 *   f = σ(W_if x + b_f + W_hf h)        forget gate: 1 keeps the old cell
 *   g = tanh(W_ig x + b_g + W_hg h)     candidate
 *   o = σ(W_io x + b_o + W_ho h)        output gate
 *   c' = f ⊙ c + i ⊙ g
 *   h' = o ⊙ tanh(c')
 *
 * gates (T, N, 4H) packed i | f | g | o · W_hh (4H, H) · h, c (T+1, N, H), the first the carried state.
 * Kept for the backward pass: the gates after their nonlinearity, h, c, and tanh(c').
 */

import { TensorKind } from "../abi/constants.ts";
import { multiply } from "../kernels/rows.ts";
import { sigmoid } from "../kernels/sigmoid.ts";
import { storeUpTo4 } from "../kernels/simd.ts";
import { tanh } from "../kernels/tanh.ts";
import { Tensor } from "../memory/tensor.ts";
import { Cell, CellPass } from "./cell.ts";
import { InputProjection } from "./input-projection.ts";
import { LayerOptions } from "./layer-options.ts";
import { RecurrentWeight } from "./recurrent-weight.ts";
import { StateSequence } from "./state-sequence.ts";

export class LstmCell extends Cell {
  readonly recurrent: RecurrentWeight;

  constructor(options: LayerOptions) {
    const size = options.hiddenSize;
    super(size, new InputProjection(options, 4 * size));
    this.recurrent = new RecurrentWeight(options, 4 * size);
    this.input.declareBias(options);
  }

  prepare(): void {
    this.recurrent.prepare();
  }

  createPass(options: LayerOptions, timeSteps: i32, rows: i32, training: bool): CellPass {
    return new LstmPass(this, options, timeSteps, rows, training);
  }
}

class LstmPass extends CellPass {
  private readonly h: StateSequence;
  private readonly c: StateSequence;
  /** tanh(c') (T, N, H). */
  private readonly tanhC: Tensor;
  /** ∂loss/∂h (T, N, H); the sampler has none. */
  private gradH: Tensor | null = null;
  /** ∂loss/∂c (N, H) on its way to the step before; the sampler has none. */
  private gradC: Tensor | null = null;

  constructor(
    private readonly cell: LstmCell,
    options: LayerOptions,
    timeSteps: i32,
    private readonly rows: i32,
    training: bool,
  ) {
    super();
    const arena = options.arena;
    const suffix = options.suffix;
    const size = cell.hiddenSize;
    const owner = training ? "train" : "sampler";
    this.h = new StateSequence(arena, "hidden", suffix, timeSteps, rows, size, training);
    this.c = new StateSequence(arena, "cell", suffix, timeSteps, rows, size, training);
    this.tanhC = arena.declareMatrix(TensorKind.Workspace, owner + ".tanh_cell" + suffix, timeSteps * rows, size);
    if (training) {
      this.gradH = arena.declareMatrix(TensorKind.Workspace, "train.grad_hidden" + suffix, timeSteps * rows, size);
      this.gradC = arena.declareMatrix(TensorKind.Workspace, "train.grad_cell" + suffix, rows, size);
    }
  }

  get hidden(): usize {
    return this.h.results;
  }

  get gradHidden(): usize {
    return this.gradH!.address;
  }

  get sums(): i32 {
    return 4 * this.cell.hiddenSize;
  }

  begin(first: i32, rows: i32): void {
    this.h.begin(first, rows);
    this.c.begin(first, rows);
  }

  addProducts(gates: usize, t: i32, first: i32, rows: i32, sum: i32, endSum: i32): void {
    const at = this.h.offset(t, first);
    this.cell.recurrent.addProduct(gates + 4 * at, this.h.start + at, rows, sum, endSum);
  }

  activate(gates: usize, t: i32, first: i32, rows: i32): void {
    const size = this.cell.hiddenSize;
    for (let row = first; row < first + rows; row++) {
      const at = this.h.offset(t, row);
      const gate = gates + 4 * at;
      stepForward(gate, this.c.start + at, this.c.results + at, this.tanhC.address + at, this.h.results + at, size);
    }
  }

  backward(gates: usize, timeSteps: i32, first: i32, rows: i32): void {
    const size = this.cell.hiddenSize;
    const rowBytes = (<usize>size) << 2;
    const stepBytes = this.h.stepBytes;
    const gradC = this.gradC!.address + <usize>first * rowBytes;
    memory.fill(gradC, 0, <usize>rows * rowBytes);
    for (let t = timeSteps - 1; t >= 0; t--) {
      const offset = this.h.offset(t, first);
      for (let row: usize = 0; row < <usize>rows; row++) {
        const at = offset + row * rowBytes;
        const gradCell = gradC + row * rowBytes;
        stepBackward(gates + 4 * at, this.c.start + at, this.tanhC.address + at, this.gradHidden + at, gradCell, size);
      }
      // gates = … + W_hh h  →  ∂h += ∂gates W_hh
      if (t > 0) this.cell.recurrent.addGradHidden(this.gradHidden + offset - stepBytes, gates + 4 * offset, rows);
    }
  }

  gradients(gates: usize, timeSteps: i32): void {
    // ∂W_hh = Σ ∂gatesᵀ h
    this.cell.recurrent.computeGradient(gates, this.h.start, timeSteps * this.rows);
  }

  carryState(timeSteps: i32, first: i32, rows: i32): void {
    this.h.carry(timeSteps, first, rows);
    this.c.carry(timeSteps, first, rows);
  }

  resetState(): void {
    this.h.reset();
    this.c.reset();
  }

  copyStateFrom(other: CellPass): void {
    this.h.copyFrom((<LstmPass>other).h);
    this.c.copyFrom((<LstmPass>other).c);
  }
}

/** One row of one step: gates in place, then c', tanh(c') and h'. */
function stepForward(gates: usize, c: usize, nextC: usize, tanhC: usize, nextH: usize, size: i32): void {
  const block = (<usize>size) << 2;
  sigmoid(gates, gates, 2 * size);
  tanh(gates + 2 * block, gates + 2 * block, size);
  sigmoid(gates + 3 * block, gates + 3 * block, size);
  let j = 0;
  do {
    const at = (<usize>j) << 2;
    const gate = gates + at;
    // c' = f ⊙ c + i ⊙ g
    const kept = f32x4.mul(v128.load(gate + block), v128.load(c + at));
    storeUpTo4(nextC + at, f32x4.add(kept, f32x4.mul(v128.load(gate), v128.load(gate + 2 * block))), size - j);
    j += 4;
  } while (j < size);
  tanh(tanhC, nextC, size);
  // h' = o ⊙ tanh(c')
  multiply(nextH, gates + 3 * block, tanhC, size);
}

/** One row of one step, backward: gates become their gradients before the nonlinearity, gradC moves one step back. */
function stepBackward(gates: usize, c: usize, tanhC: usize, gradH: usize, gradC: usize, size: i32): void {
  const block = (<usize>size) << 2;
  const one = f32x4.splat(1);
  let j = 0;
  do {
    const at = (<usize>j) << 2;
    const left = size - j;
    const gate = gates + at;
    const i = v128.load(gate);
    const f = v128.load(gate + block);
    const g = v128.load(gate + 2 * block);
    const o = v128.load(gate + 3 * block);
    const squashed = v128.load(tanhC + at);
    const dh = v128.load(gradH + at);
    // h' = o ⊙ tanh(c')  →  ∂o = ∂h ⊙ tanh(c'), ∂c' += ∂h ⊙ o ⊙ (1 - tanh²(c'))
    const gradO = f32x4.mul(dh, squashed);
    const through = f32x4.mul(f32x4.mul(dh, o), f32x4.sub(one, f32x4.mul(squashed, squashed)));
    const dc = f32x4.add(v128.load(gradC + at), through);
    // c' = f ⊙ c + i ⊙ g  →  ∂f = ∂c' ⊙ c, ∂i = ∂c' ⊙ g, ∂g = ∂c' ⊙ i, ∂c = ∂c' ⊙ f
    const gradF = f32x4.mul(dc, v128.load(c + at));
    const gradI = f32x4.mul(dc, g);
    const gradG = f32x4.mul(dc, i);
    storeUpTo4(gradC + at, f32x4.mul(dc, f), left);
    // s = σ(z)  →  ∂z = ∂s ⊙ s ⊙ (1 - s);  g = tanh(z)  →  ∂z = ∂g ⊙ (1 - g²)
    storeUpTo4(gate, f32x4.mul(gradI, f32x4.mul(i, f32x4.sub(one, i))), left);
    storeUpTo4(gate + block, f32x4.mul(gradF, f32x4.mul(f, f32x4.sub(one, f))), left);
    storeUpTo4(gate + 2 * block, f32x4.mul(gradG, f32x4.sub(one, f32x4.mul(g, g))), left);
    storeUpTo4(gate + 3 * block, f32x4.mul(gradO, f32x4.mul(o, f32x4.sub(one, o))), left);
    j += 4;
  } while (j < size);
}
