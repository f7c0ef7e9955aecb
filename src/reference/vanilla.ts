/**
 * The vanilla cell of assembly/cells/vanilla.ts, step by step: h' = tanh(W_ih x + W_hh h + b) on one-hot x.
 *
 * W_ih (H, V) · W_hh (H, H) · b (H) · h (T+1, N, H). Loops run along contiguous rows; nothing is unrolled.
 */

import type { FloatArray } from "../core/engine.ts";
import type { ReferenceCell, ReferenceCellPass } from "./cell.ts";
import type { TensorStore } from "./tensor-store.ts";

export class ReferenceVanillaCell implements ReferenceCell {
  readonly weightIh: FloatArray;
  readonly weightHh: FloatArray;
  readonly bias: FloatArray;
  readonly gradWeightIh: FloatArray;
  readonly gradWeightHh: FloatArray;
  readonly gradBias: FloatArray;

  constructor(
    readonly store: TensorStore,
    readonly vocabularySize: number,
    readonly hiddenSize: number,
  ) {
    const h = hiddenSize;
    this.weightIh = store.declare("rnn.weight_ih_l0", "parameter", [h, vocabularySize]);
    this.weightHh = store.declare("rnn.weight_hh_l0", "parameter", [h, h]);
    this.bias = store.declare("rnn.bias_ih_l0", "parameter", [h]);
    this.gradWeightIh = store.declare("grad.rnn.weight_ih_l0", "gradient", [h, vocabularySize]);
    this.gradWeightHh = store.declare("grad.rnn.weight_hh_l0", "gradient", [h, h]);
    this.gradBias = store.declare("grad.rnn.bias_ih_l0", "gradient", [h]);
  }

  createPass(timeSteps: number, rows: number, training: boolean): ReferenceCellPass {
    return new ReferenceVanillaPass(this, timeSteps, rows, training);
  }
}

class ReferenceVanillaPass implements ReferenceCellPass {
  readonly hidden: FloatArray;
  readonly gradHidden: FloatArray;
  private readonly state: FloatArray;

  constructor(
    private readonly cell: ReferenceVanillaCell,
    timeSteps: number,
    private readonly rows: number,
    training: boolean,
  ) {
    const { store, hiddenSize } = cell;
    const name = training ? "state.hidden_l0" : "sampler.hidden_l0";
    this.state = store.declare(name, training ? "state" : "sampler-state", [rows, hiddenSize]);
    this.hidden = store.allocate((timeSteps + 1) * rows * hiddenSize);
    this.gradHidden = store.allocate(training ? timeSteps * rows * hiddenSize : 0);
  }

  forward(tokens: ArrayLike<number>, timeSteps: number): void {
    const { weightIh, weightHh, bias, hiddenSize, vocabularySize } = this.cell;
    const { hidden, rows } = this;
    hidden.set(this.state);
    for (let row = 0; row < timeSteps * rows; row++) {
      const token = tokens[row] as number;
      const previous = row * hiddenSize;
      const next = (row + rows) * hiddenSize;
      for (let i = 0; i < hiddenSize; i++) {
        // z = b + W_ih x + W_hh h
        let z = bias[i]! + weightIh[i * vocabularySize + token]!;
        const w = i * hiddenSize;
        for (let j = 0; j < hiddenSize; j++) z += weightHh[w + j]! * hidden[previous + j]!;
        hidden[next + i] = Math.tanh(z);
      }
    }
  }

  backward(tokens: ArrayLike<number>, timeSteps: number): void {
    const { weightHh, gradWeightIh, gradWeightHh, gradBias, hiddenSize, vocabularySize } = this.cell;
    const { hidden, gradHidden, rows } = this;
    gradWeightIh.fill(0);
    gradWeightHh.fill(0);
    gradBias.fill(0);
    for (let row = timeSteps * rows - 1; row >= 0; row--) {
      const token = tokens[row] as number;
      const previous = row * hiddenSize;
      const next = (row + rows) * hiddenSize;
      const gradPrevious = (row - rows) * hiddenSize;
      const carries = row >= rows;
      for (let i = 0; i < hiddenSize; i++) {
        // h' = tanh(z)  →  ∂z = ∂h' (1 - h'²)
        const h = hidden[next + i]!;
        const gradZ = gradHidden[previous + i]! * (1 - h * h);
        const w = i * hiddenSize;
        // z = b + W_ih x + W_hh h  →  ∂b, ∂W_ih[:, x] += ∂z, ∂W_hh += ∂z hᵀ, ∂h += W_hhᵀ ∂z
        gradBias[i] = gradBias[i]! + gradZ;
        const column = i * vocabularySize + token;
        gradWeightIh[column] = gradWeightIh[column]! + gradZ;
        for (let j = 0; j < hiddenSize; j++) gradWeightHh[w + j] = gradWeightHh[w + j]! + gradZ * hidden[previous + j]!;
        if (!carries) continue;
        for (let j = 0; j < hiddenSize; j++) {
          gradHidden[gradPrevious + j] = gradHidden[gradPrevious + j]! + gradZ * weightHh[w + j]!;
        }
      }
    }
  }

  carryState(timeSteps: number): void {
    const size = this.rows * this.cell.hiddenSize;
    this.state.set(this.hidden.subarray(timeSteps * size, (timeSteps + 1) * size));
  }

  resetState(): void {
    this.state.fill(0);
  }

  copyStateFrom(other: ReferenceCellPass): void {
    this.state.set((other as ReferenceVanillaPass).state.subarray(0, this.cell.hiddenSize));
  }
}
