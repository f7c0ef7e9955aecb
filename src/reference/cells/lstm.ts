/** Long short-term memory, gates i | f | g | o: the equations stand in assembly/cells/lstm.ts. */

import type { FloatArray } from "../../core/engine.ts";
import { addOuterProduct, addProduct, addTransposedProduct } from "../matrix.ts";
import type { ReferenceParameter } from "../tensor-store.ts";
import type { CellShape, ReferenceCell, ReferenceCellPass, ReferenceLayer } from "./cell.ts";
import { ReferenceInput } from "./input.ts";
import { sigmoid } from "./sigmoid.ts";
import { ReferenceState } from "./state.ts";

export class ReferenceLstmCell implements ReferenceCell {
  static readonly sigmoidGates: readonly number[] = [0, 1, 3];
  static readonly shape: CellShape = {
    inputGates: 4,
    recurrentGates: 4,
    nonlinearities: 5,
    states: 2,
    extraBiases: 0,
    kept: 1,
    carriedGradients: 1,
  };
  readonly input: ReferenceInput;
  readonly weightHh: ReferenceParameter;

  constructor(readonly layer: ReferenceLayer) {
    const { store, suffix, config } = layer;
    this.input = new ReferenceInput(layer, 4 * config.hiddenSize);
    this.weightHh = store.declareParameter(`rnn.weight_hh${suffix}`, [4 * config.hiddenSize, config.hiddenSize]);
    this.input.declareBias();
  }

  createPass(timeSteps: number, rows: number, training: boolean): ReferenceCellPass {
    return new ReferenceLstmPass(this, timeSteps, rows, training);
  }
}

class ReferenceLstmPass implements ReferenceCellPass {
  readonly gradHidden: FloatArray;
  private readonly h: ReferenceState;
  private readonly c: ReferenceState;
  /** ∂loss/∂c (T+1, N, H). */
  private readonly gradCell: FloatArray;

  constructor(
    private readonly cell: ReferenceLstmCell,
    timeSteps: number,
    private readonly rows: number,
    training: boolean,
  ) {
    const { layer } = cell;
    this.h = new ReferenceState(layer, "hidden", timeSteps, rows, training);
    this.c = new ReferenceState(layer, "cell", timeSteps, rows, training);
    const size = rows * layer.config.hiddenSize;
    this.gradHidden = layer.store.allocate(training ? timeSteps * size : 0);
    this.gradCell = layer.store.allocate(training ? (timeSteps + 1) * size : 0);
  }

  get hidden(): FloatArray {
    return this.h.values;
  }

  forward(gates: FloatArray, timeSteps: number): void {
    const { weightHh, layer } = this.cell;
    const size = layer.config.hiddenSize;
    const h = this.h.values;
    const c = this.c.values;
    this.h.begin();
    this.c.begin();
    for (let row = 0; row < timeSteps * this.rows; row++) {
      const gate = row * 4 * size;
      const now = row * size;
      const next = now + this.rows * size;
      addProduct(gates, gate, weightHh.value, 4 * size, size, h, now);
      for (let j = 0; j < size; j++) {
        const i = sigmoid(gates[gate + j]!);
        const f = sigmoid(gates[gate + size + j]!);
        const g = Math.tanh(gates[gate + 2 * size + j]!);
        const o = sigmoid(gates[gate + 3 * size + j]!);
        gates[gate + j] = i;
        gates[gate + size + j] = f;
        gates[gate + 2 * size + j] = g;
        gates[gate + 3 * size + j] = o;
        c[next + j] = f * c[now + j]! + i * g;
        h[next + j] = o * Math.tanh(c[next + j]!);
      }
    }
  }

  backward(gates: FloatArray, timeSteps: number): void {
    const { weightHh, layer } = this.cell;
    const size = layer.config.hiddenSize;
    const { gradHidden, gradCell } = this;
    const h = this.h.values;
    const c = this.c.values;
    weightHh.gradient.fill(0);
    gradCell.fill(0);
    for (let row = timeSteps * this.rows - 1; row >= 0; row--) {
      const gate = row * 4 * size;
      const now = row * size;
      const next = now + this.rows * size;
      const previous = now - this.rows * size;
      for (let j = 0; j < size; j++) {
        const i = gates[gate + j]!;
        const f = gates[gate + size + j]!;
        const g = gates[gate + 2 * size + j]!;
        const o = gates[gate + 3 * size + j]!;
        const squashed = Math.tanh(c[next + j]!);
        const gradH = gradHidden[now + j]!;
        // h' = o tanh(c'), c' = f c + i g
        const gradC = gradCell[next + j]! + gradH * o * (1 - squashed * squashed);
        gradCell[now + j] = gradC * f;
        gates[gate + j] = gradC * g * i * (1 - i);
        gates[gate + size + j] = gradC * c[now + j]! * f * (1 - f);
        gates[gate + 2 * size + j] = gradC * i * (1 - g * g);
        gates[gate + 3 * size + j] = gradH * squashed * o * (1 - o);
      }
      addOuterProduct(weightHh.gradient, 4 * size, size, gates, gate, h, now);
      if (previous >= 0) addTransposedProduct(gradHidden, previous, weightHh.value, 4 * size, size, gates, gate);
    }
  }

  carryState(timeSteps: number): void {
    this.h.carry(timeSteps);
    this.c.carry(timeSteps);
  }

  resetState(): void {
    this.h.reset();
    this.c.reset();
  }

  copyStateFrom(other: ReferenceCellPass): void {
    this.h.copyFrom((other as ReferenceLstmPass).h);
    this.c.copyFrom((other as ReferenceLstmPass).c);
  }
}
