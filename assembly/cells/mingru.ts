/**
 * Minimal gated recurrent unit (Feng et al. 2024, "Were RNNs All We Needed?", arXiv:2410.01201): gate and candidate read the
 * input alone, so that a step costs no product with the state.
 *
 *   z = σ(W_iz x + b_z)             update gate: 1 takes the candidate
 *   h̃ = W_ih x + b_h                candidate, without a nonlinearity
 *   h' = (1 - z) ⊙ h + z ⊙ h̃
 *
 * gates (T, N, 2H) packed z | h̃ · h (T+1, N, H), h[0] is the carried state. Kept for the backward pass: z after its
 * nonlinearity, h̃ and h.
 */

import { TensorKind } from "../abi/constants.ts";
import { sigmoid } from "../kernels/sigmoid.ts";
import { storeUpTo4 } from "../kernels/simd.ts";
import { Tensor } from "../memory/tensor.ts";
import { Cell, CellPass } from "./cell.ts";
import { InputProjection } from "./input-projection.ts";
import { LayerOptions } from "./layer-options.ts";
import { StateSequence } from "./state-sequence.ts";

export class MinGruCell extends Cell {
  constructor(options: LayerOptions) {
    super(options.hiddenSize, new InputProjection(options, 2 * options.hiddenSize));
    this.input.declareBias(options);
  }

  prepare(): void {} // no parameters but the input's

  createPass(options: LayerOptions, timeSteps: i32, rows: i32, training: bool): CellPass {
    return new MinGruPass(options, timeSteps, rows, training);
  }
}

class MinGruPass extends CellPass {
  private readonly size: i32;
  private readonly h: StateSequence;
  /** ∂loss/∂h (T, N, H); the sampler has none. */
  private gradH: Tensor | null = null;

  constructor(options: LayerOptions, timeSteps: i32, rows: i32, training: bool) {
    super();
    const arena = options.arena;
    const suffix = options.suffix;
    const size = options.hiddenSize;
    this.size = size;
    this.h = new StateSequence(arena, "hidden", suffix, timeSteps, rows, size, training);
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
    return 0;
  }

  begin(first: i32, rows: i32): void {
    this.h.begin(first, rows);
  }

  addProducts(_gates: usize, _t: i32, _first: i32, _rows: i32, _sum: i32, _endSum: i32): void {} // none with the state

  activate(gates: usize, t: i32, first: i32, rows: i32): void {
    for (let row = first; row < first + rows; row++) {
      const at = this.h.offset(t, row);
      stepForward(gates + 2 * at, this.h.start + at, this.h.results + at, this.size);
    }
  }

  backward(gates: usize, timeSteps: i32, first: i32, rows: i32): void {
    const stepBytes = this.h.stepBytes;
    for (let t = timeSteps - 1; t >= 0; t--) {
      for (let row = first; row < first + rows; row++) {
        const at = this.h.offset(t, row);
        const gradPrevious = t > 0 ? this.gradHidden + at - stepBytes : 0;
        stepBackward(gates + 2 * at, this.h.start + at, this.gradHidden + at, gradPrevious, this.size);
      }
    }
  }

  gradients(_gates: usize, _timeSteps: i32): void {} // no parameters but the input's

  carryState(timeSteps: i32, first: i32, rows: i32): void {
    this.h.carry(timeSteps, first, rows);
  }

  resetState(): void {
    this.h.reset();
  }

  copyStateFrom(other: CellPass): void {
    this.h.copyFrom((<MinGruPass>other).h);
  }
}

/** One row of one step: z in place, then h'. */
function stepForward(gates: usize, h: usize, nextH: usize, size: i32): void {
  const block = (<usize>size) << 2;
  const one = f32x4.splat(1);
  sigmoid(gates, gates, size);
  let j = 0;
  do {
    const at = (<usize>j) << 2;
    const left = size - j;
    const gate = gates + at;
    const z = v128.load(gate);
    const candidate = v128.load(gate + block);
    // h' = (1 - z) ⊙ h + z ⊙ h̃
    const next = f32x4.add(f32x4.mul(f32x4.sub(one, z), v128.load(h + at)), f32x4.mul(z, candidate));
    storeUpTo4(nextH + at, next, left);
    j += 4;
  } while (j < size);
}

/**
 * One row of one step, backward: gates become their gradients, and the part of ∂h' that 1 - z lets through is added to the step
 * before, if there is one (gradPrevious ≠ 0).
 */
function stepBackward(gates: usize, h: usize, gradH: usize, gradPrevious: usize, size: i32): void {
  const block = (<usize>size) << 2;
  const one = f32x4.splat(1);
  let j = 0;
  do {
    const at = (<usize>j) << 2;
    const left = size - j;
    const gate = gates + at;
    const z = v128.load(gate);
    const candidate = v128.load(gate + block);
    const dh = v128.load(gradH + at);
    const keep = f32x4.sub(one, z);
    // h' = (1 - z) ⊙ h + z ⊙ h̃  →  ∂h̃ = ∂h' ⊙ z, ∂z = ∂h' ⊙ (h̃ - h), ∂h += ∂h' ⊙ (1 - z)
    const gradCandidate = f32x4.mul(dh, z);
    const dz = f32x4.mul(dh, f32x4.sub(candidate, v128.load(h + at)));
    if (gradPrevious != 0) {
      const through = f32x4.add(v128.load(gradPrevious + at), f32x4.mul(dh, keep));
      storeUpTo4(gradPrevious + at, through, left);
    }
    // z = σ(s)  →  ∂s = ∂z ⊙ z ⊙ (1 - z)
    storeUpTo4(gate, f32x4.mul(dz, f32x4.mul(z, keep)), left);
    storeUpTo4(gate + block, gradCandidate, left);
    j += 4;
  } while (j < size);
}
