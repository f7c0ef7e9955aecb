/** The vanilla cell, h' = f(W_ih x + b + W_hh h) with f tanh, relu or the identity: assembly/cells/vanilla.ts. */

import type { FloatArray } from "../../core/engine.ts";
import { addOuterProduct, addProduct, addTransposedProduct } from "../matrix.ts";
import type { ReferenceParameter } from "../tensor-store.ts";
import type { CellShape, ReferenceCell, ReferenceCellPass, ReferenceLayer } from "./cell.ts";
import { ReferenceInput } from "./input.ts";
import { ReferenceState } from "./state.ts";

export class ReferenceVanillaCell implements ReferenceCell {
  static readonly sigmoidGates: readonly number[] = [];
  static readonly shape: CellShape = {
    inputGates: 1,
    recurrentGates: 1,
    nonlinearities: 1,
    states: 1,
    extraBiases: 0,
    kept: 0,
    carriedGradients: 0,
  };
  readonly input: ReferenceInput;
  readonly weightHh: ReferenceParameter;

  constructor(readonly layer: ReferenceLayer) {
    const { store, suffix, config } = layer;
    this.input = new ReferenceInput(layer, config.hiddenSize);
    this.weightHh = store.declareParameter(`rnn.weight_hh${suffix}`, [config.hiddenSize, config.hiddenSize]);
    this.input.declareBias();
  }

  createPass(timeSteps: number, rows: number, training: boolean): ReferenceCellPass {
    return new ReferenceVanillaPass(this, timeSteps, rows, training);
  }
}

class ReferenceVanillaPass implements ReferenceCellPass {
  readonly gradHidden: FloatArray;
  private readonly h: ReferenceState;

  constructor(
    private readonly cell: ReferenceVanillaCell,
    timeSteps: number,
    private readonly rows: number,
    training: boolean,
  ) {
    const { layer } = cell;
    this.h = new ReferenceState(layer, "hidden", timeSteps, rows, training);
    this.gradHidden = layer.store.allocate(training ? timeSteps * rows * layer.config.hiddenSize : 0);
  }

  get hidden(): FloatArray {
    return this.h.values;
  }

  forward(gates: FloatArray, timeSteps: number): void {
    const { weightHh, layer } = this.cell;
    const { hiddenSize, activation } = layer.config;
    const h = this.h.values;
    this.h.begin();
    for (let row = 0; row < timeSteps * this.rows; row++) {
      const z = row * hiddenSize;
      const next = z + this.rows * hiddenSize;
      addProduct(gates, z, weightHh.value, hiddenSize, hiddenSize, h, z);
      for (let i = 0; i < hiddenSize; i++) h[next + i] = activate(activation, gates[z + i]!);
    }
  }

  backward(gates: FloatArray, timeSteps: number): void {
    const { weightHh, layer } = this.cell;
    const { hiddenSize, activation } = layer.config;
    const { gradHidden } = this;
    const h = this.h.values;
    weightHh.gradient.fill(0);
    for (let row = timeSteps * this.rows - 1; row >= 0; row--) {
      const z = row * hiddenSize;
      const next = z + this.rows * hiddenSize;
      const previous = z - this.rows * hiddenSize;
      // h' = f(z)  →  ∂z = ∂h' f'(z)
      for (let i = 0; i < hiddenSize; i++) gates[z + i] = gradHidden[z + i]! * slope(activation, h[next + i]!);
      // z = W_ih x + b + W_hh h  →  ∂W_hh += ∂z hᵀ, ∂h += W_hhᵀ ∂z
      addOuterProduct(weightHh.gradient, hiddenSize, hiddenSize, gates, z, h, z);
      if (previous >= 0) addTransposedProduct(gradHidden, previous, weightHh.value, hiddenSize, hiddenSize, gates, z);
    }
  }

  carryState(timeSteps: number): void {
    this.h.carry(timeSteps);
  }

  resetState(): void {
    this.h.reset();
  }

  copyStateFrom(other: ReferenceCellPass): void {
    this.h.copyFrom((other as ReferenceVanillaPass).h);
  }
}

function activate(activation: string, z: number): number {
  if (activation === "tanh") return Math.tanh(z);
  return activation === "relu" ? Math.max(z, 0) : z;
}

/** f'(z) by y = f(z). */
function slope(activation: string, y: number): number {
  if (activation === "tanh") return 1 - y * y;
  return activation === "relu" && y <= 0 ? 0 : 1;
}
