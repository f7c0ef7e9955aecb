/** Gated recurrent unit, reset after the product, gates r | z | n: the equations stand in assembly/cells/gru.ts. */

import type { FloatArray } from "../../core/engine.ts";
import { addOuterProduct, addProduct, addTransposedProduct, addVector } from "../matrix.ts";
import type { ReferenceParameter } from "../tensor-store.ts";
import type { CellShape, ReferenceCell, ReferenceCellPass, ReferenceLayer } from "./cell.ts";
import { ReferenceInput } from "./input.ts";
import { sigmoid } from "./sigmoid.ts";
import { ReferenceState } from "./state.ts";

export class ReferenceGruCell implements ReferenceCell {
  static readonly sigmoidGates: readonly number[] = [0, 1];
  static readonly shape: CellShape = {
    inputGates: 3,
    recurrentGates: 3,
    nonlinearities: 3,
    states: 1,
    extraBiases: 1,
    kept: 3,
    carriedGradients: 0,
  };
  readonly input: ReferenceInput;
  readonly weightHh: ReferenceParameter;
  /** b_hn (H). */
  readonly candidateBias: ReferenceParameter | undefined;

  constructor(readonly layer: ReferenceLayer) {
    const { store, suffix, config } = layer;
    const size = config.hiddenSize;
    this.input = new ReferenceInput(layer, 3 * size);
    this.weightHh = store.declareParameter(`rnn.weight_hh${suffix}`, [3 * size, size]);
    this.input.declareBias();
    this.candidateBias = config.bias ? store.declareParameter(`rnn.bias_hn${suffix}`, [size]) : undefined;
  }

  createPass(timeSteps: number, rows: number, training: boolean): ReferenceCellPass {
    return new ReferenceGruPass(this, timeSteps, rows, training);
  }
}

class ReferenceGruPass implements ReferenceCellPass {
  readonly gradHidden: FloatArray;
  private readonly h: ReferenceState;
  /** W_hh h (T, N, 3H), with b_hn in the last block; backward, the gradient there. */
  private readonly products: FloatArray;

  constructor(
    private readonly cell: ReferenceGruCell,
    timeSteps: number,
    private readonly rows: number,
    training: boolean,
  ) {
    const { layer } = cell;
    const size = rows * layer.config.hiddenSize;
    this.h = new ReferenceState(layer, "hidden", timeSteps, rows, training);
    this.products = layer.store.allocate(3 * timeSteps * size);
    this.gradHidden = layer.store.allocate(training ? timeSteps * size : 0);
  }

  get hidden(): FloatArray {
    return this.h.values;
  }

  forward(gates: FloatArray, timeSteps: number): void {
    const { weightHh, candidateBias, layer } = this.cell;
    const size = layer.config.hiddenSize;
    const { products } = this;
    const h = this.h.values;
    products.fill(0);
    this.h.begin();
    for (let row = 0; row < timeSteps * this.rows; row++) {
      const gate = row * 3 * size;
      const now = row * size;
      const next = now + this.rows * size;
      if (candidateBias !== undefined) addVector(products, gate + 2 * size, candidateBias.value, 0, size);
      addProduct(products, gate, weightHh.value, 3 * size, size, h, now);
      for (let j = 0; j < size; j++) {
        const r = sigmoid(gates[gate + j]! + products[gate + j]!);
        const z = sigmoid(gates[gate + size + j]! + products[gate + size + j]!);
        const n = Math.tanh(gates[gate + 2 * size + j]! + r * products[gate + 2 * size + j]!);
        gates[gate + j] = r;
        gates[gate + size + j] = z;
        gates[gate + 2 * size + j] = n;
        h[next + j] = (1 - z) * n + z * h[now + j]!;
      }
    }
  }

  backward(gates: FloatArray, timeSteps: number): void {
    const { weightHh, candidateBias, layer } = this.cell;
    const size = layer.config.hiddenSize;
    const { products, gradHidden } = this;
    const h = this.h.values;
    weightHh.gradient.fill(0);
    candidateBias?.gradient.fill(0);
    for (let row = timeSteps * this.rows - 1; row >= 0; row--) {
      const gate = row * 3 * size;
      const now = row * size;
      const previous = now - this.rows * size;
      for (let j = 0; j < size; j++) {
        const r = gates[gate + j]!;
        const z = gates[gate + size + j]!;
        const n = gates[gate + 2 * size + j]!;
        const gradH = gradHidden[now + j]!;
        // h' = (1 - z) n + z h, n = tanh(gate + r product)
        if (previous >= 0) gradHidden[previous + j] = gradHidden[previous + j]! + gradH * z;
        const gradN = gradH * (1 - z) * (1 - n * n);
        const gradR = gradN * products[gate + 2 * size + j]! * r * (1 - r);
        const gradZ = gradH * (h[now + j]! - n) * z * (1 - z);
        gates[gate + j] = gradR;
        gates[gate + size + j] = gradZ;
        gates[gate + 2 * size + j] = gradN;
        products[gate + j] = gradR;
        products[gate + size + j] = gradZ;
        products[gate + 2 * size + j] = gradN * r;
      }
      if (candidateBias !== undefined) addVector(candidateBias.gradient, 0, products, gate + 2 * size, size);
      addOuterProduct(weightHh.gradient, 3 * size, size, products, gate, h, now);
      if (previous >= 0) addTransposedProduct(gradHidden, previous, weightHh.value, 3 * size, size, products, gate);
    }
  }

  carryState(timeSteps: number): void {
    this.h.carry(timeSteps);
  }

  resetState(): void {
    this.h.reset();
  }

  copyStateFrom(other: ReferenceCellPass): void {
    this.h.copyFrom((other as ReferenceGruPass).h);
  }
}
