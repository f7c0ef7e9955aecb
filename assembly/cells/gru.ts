/**
 * Gated recurrent unit, reset after the product (Cho et al. 2014, arXiv:1406.1078; the variant of cuDNN and PyTorch):
 *
 *   r = σ(W_ir x + b_r + W_hr h)                     reset gate
 *   z = σ(W_iz x + b_z + W_hz h)                     update gate: 1 keeps the old state
 *   n = tanh(W_in x + b_n + r ⊙ (W_hn h + b_hn))     candidate
 *   h' = (1 - z) ⊙ n + z ⊙ h
 *
 * gates (T, N, 3H) packed r | z | n · W_hh (3H, H) · b_hn (H), the one bias that does not merge with the input's ·
 * h (T+1, N, H), h[0] is the carried state. Kept for the backward pass: r, z, n after their nonlinearity, and
 * W_hh h (T, N, 3H), with b_hn in its last block.
 */

import { TensorKind } from "../abi/constants.ts";
import { add, clearRows, spreadRow, sumRows } from "../kernels/rows.ts";
import { sigmoid } from "../kernels/sigmoid.ts";
import { storeUpTo4 } from "../kernels/simd.ts";
import { tanh } from "../kernels/tanh.ts";
import { Parameter } from "../memory/parameter.ts";
import { Tensor } from "../memory/tensor.ts";
import { shareEnd, shareStart } from "../threads/partition.ts";
import { Cell, CellPass } from "./cell.ts";
import { InputProjection } from "./input-projection.ts";
import { LayerOptions } from "./layer-options.ts";
import { RecurrentWeight } from "./recurrent-weight.ts";
import { StateSequence } from "./state-sequence.ts";

export class GruCell extends Cell {
  readonly recurrent: RecurrentWeight;
  /** b_hn (H); null where there are no biases. */
  candidateBias: Parameter | null = null;

  constructor(options: LayerOptions) {
    const size = options.hiddenSize;
    super(size, new InputProjection(options, 3 * size));
    this.recurrent = new RecurrentWeight(options, 3 * size);
    this.input.declareBias(options);
    if (options.bias) this.candidateBias = Parameter.vector(options.arena, "rnn.bias_hn" + options.suffix, size);
  }

  prepare(): void {
    this.recurrent.prepare();
  }

  createPass(options: LayerOptions, timeSteps: i32, rows: i32, training: bool): CellPass {
    return new GruPass(this, options, timeSteps, rows, training);
  }
}

class GruPass extends CellPass {
  private readonly h: StateSequence;
  /** W_hh h (T, N, 3H), with b_hn; backward it becomes the gradient there. */
  private readonly products: Tensor;
  /** ∂loss/∂h (T, N, H); the sampler has none. */
  private gradH: Tensor | null = null;

  constructor(
    private readonly cell: GruCell,
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
    const name = owner + ".recurrent_products" + suffix;
    this.products = arena.declareMatrix(TensorKind.Workspace, name, timeSteps * rows, 3 * size);
    if (training) {
      this.gradH = arena.declareMatrix(TensorKind.Workspace, "train.grad_hidden" + suffix, timeSteps * rows, size);
    }
  }

  get hidden(): usize {
    return this.h.results;
  }

  get gradHidden(): usize {
    return this.gradH!.address;
  }

  get sums(): i32 {
    return 3 * this.cell.hiddenSize;
  }

  begin(first: i32, rows: i32): void {
    this.h.begin(first, rows);
  }

  addProducts(_gates: usize, t: i32, first: i32, rows: i32, sum: i32, endSum: i32): void {
    const size = this.cell.hiddenSize;
    const at = this.h.offset(t, first);
    const products = this.products.address + 3 * at;
    const stride = (<usize>(3 * size)) << 2;
    // the sums start from 0, those of the candidate from b_hn
    clearRows(products + ((<usize>sum) << 2), rows, endSum - sum, stride);
    const bias = this.cell.candidateBias;
    const candidate = max(sum, 2 * size);
    if (bias && candidate < endSum) {
      const biases = bias.address + ((<usize>(candidate - 2 * size)) << 2);
      spreadRow(products + ((<usize>candidate) << 2), biases, rows, endSum - candidate, stride);
    }
    this.cell.recurrent.addProduct(products, this.h.start + at, rows, sum, endSum);
  }

  activate(gates: usize, t: i32, first: i32, rows: i32): void {
    const size = this.cell.hiddenSize;
    const products = this.products.address;
    for (let row = first; row < first + rows; row++) {
      const at = this.h.offset(t, row);
      stepForward(gates + 3 * at, products + 3 * at, this.h.start + at, this.h.results + at, size);
    }
  }

  backward(gates: usize, timeSteps: i32, first: i32, rows: i32): void {
    const size = this.cell.hiddenSize;
    const rowBytes = (<usize>size) << 2;
    const stepBytes = this.h.stepBytes;
    const products = this.products.address;
    for (let t = timeSteps - 1; t >= 0; t--) {
      const offset = this.h.offset(t, first);
      for (let row: usize = 0; row < <usize>rows; row++) {
        const at = offset + row * rowBytes;
        const gradPrevious = t > 0 ? this.gradHidden + at - stepBytes : 0;
        stepBackward(gates + 3 * at, products + 3 * at, this.h.start + at, this.gradHidden + at, gradPrevious, size);
      }
      // products = W_hh h + …  →  ∂h += ∂products W_hh
      if (t > 0) this.cell.recurrent.addGradHidden(this.gradHidden + offset - stepBytes, products + 3 * offset, rows);
    }
  }

  gradients(_gates: usize, timeSteps: i32): void {
    // ∂W_hh = Σ ∂productsᵀ h, ∂b_hn = Σ of their last block
    const products = this.products.address;
    const count = timeSteps * this.rows;
    this.cell.recurrent.computeGradient(products, this.h.start, count);
    const bias = this.cell.candidateBias;
    if (!bias) return;
    const size = this.cell.hiddenSize;
    const first = shareStart(size, 4);
    const candidate = products + ((<usize>(2 * size + first)) << 2);
    const address = bias.gradAddress + ((<usize>first) << 2);
    sumRows(address, candidate, count, shareEnd(size, 4) - first, (<usize>(3 * size)) << 2);
  }

  carryState(timeSteps: i32, first: i32, rows: i32): void {
    this.h.carry(timeSteps, first, rows);
  }

  resetState(): void {
    this.h.reset();
  }

  copyStateFrom(other: CellPass): void {
    this.h.copyFrom((<GruPass>other).h);
  }
}

/** One row of one step: gates in place, then h'. */
function stepForward(gates: usize, products: usize, h: usize, nextH: usize, size: i32): void {
  const block = (<usize>size) << 2;
  const candidates = gates + 2 * block;
  add(gates, gates, products, 2 * size);
  sigmoid(gates, gates, 2 * size);
  let j = 0;
  do {
    const at = (<usize>j) << 2;
    const reset = f32x4.mul(v128.load(gates + at), v128.load(products + 2 * block + at));
    storeUpTo4(candidates + at, f32x4.add(v128.load(candidates + at), reset), size - j);
    j += 4;
  } while (j < size);
  tanh(candidates, candidates, size);
  const one = f32x4.splat(1);
  j = 0;
  do {
    const at = (<usize>j) << 2;
    const z = v128.load(gates + block + at);
    // h' = (1 - z) ⊙ n + z ⊙ h
    const fresh = f32x4.mul(f32x4.sub(one, z), v128.load(candidates + at));
    storeUpTo4(nextH + at, f32x4.add(fresh, f32x4.mul(z, v128.load(h + at))), size - j);
    j += 4;
  } while (j < size);
}

/**
 * One row of one step, backward: gates and products become their gradients, and the part of ∂h' that z lets through is added
 * to the step before, if there is one (gradPrevious ≠ 0).
 */
function stepBackward(gates: usize, products: usize, h: usize, gradH: usize, gradPrevious: usize, size: i32): void {
  const block = (<usize>size) << 2;
  const one = f32x4.splat(1);
  let j = 0;
  do {
    const at = (<usize>j) << 2;
    const left = size - j;
    const gate = gates + at;
    const product = products + at;
    const r = v128.load(gate);
    const z = v128.load(gate + block);
    const n = v128.load(gate + 2 * block);
    const dh = v128.load(gradH + at);
    // h' = (1 - z) ⊙ n + z ⊙ h  →  ∂n = ∂h' ⊙ (1 - z), ∂z = ∂h' ⊙ (h - n), ∂h += ∂h' ⊙ z
    const dn = f32x4.mul(dh, f32x4.sub(one, z));
    const dz = f32x4.mul(dh, f32x4.sub(v128.load(h + at), n));
    if (gradPrevious != 0) {
      const through = f32x4.add(v128.load(gradPrevious + at), f32x4.mul(dh, z));
      storeUpTo4(gradPrevious + at, through, left);
    }
    // n = tanh(s), s = gate_n + r ⊙ product_n  →  ∂s = ∂n ⊙ (1 - n²), ∂r = ∂s ⊙ product_n, ∂product_n = ∂s ⊙ r
    const gradN = f32x4.mul(dn, f32x4.sub(one, f32x4.mul(n, n)));
    const dr = f32x4.mul(gradN, v128.load(product + 2 * block));
    const gradR = f32x4.mul(dr, f32x4.mul(r, f32x4.sub(one, r)));
    const gradZ = f32x4.mul(dz, f32x4.mul(z, f32x4.sub(one, z)));
    storeUpTo4(gate, gradR, left);
    storeUpTo4(gate + block, gradZ, left);
    storeUpTo4(gate + 2 * block, gradN, left);
    storeUpTo4(product, gradR, left);
    storeUpTo4(product + block, gradZ, left);
    storeUpTo4(product + 2 * block, f32x4.mul(gradN, r), left);
    j += 4;
  } while (j < size);
}
