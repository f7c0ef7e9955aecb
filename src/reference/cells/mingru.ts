/** Minimal gated recurrent unit, gates z | h̃: the equations stand in assembly/cells/mingru.ts. */

import type { FloatArray } from "../../core/engine.ts";
import type { CellShape, ReferenceCell, ReferenceCellPass, ReferenceLayer } from "./cell.ts";
import { ReferenceInput } from "./input.ts";
import { sigmoid } from "./sigmoid.ts";
import { ReferenceState } from "./state.ts";

export class ReferenceMinGruCell implements ReferenceCell {
  static readonly sigmoidGates: readonly number[] = [0];
  static readonly shape: CellShape = {
    inputGates: 2,
    recurrentGates: 0,
    nonlinearities: 1,
    states: 1,
    extraBiases: 0,
    kept: 0,
    carriedGradients: 0,
  };
  readonly input: ReferenceInput;

  constructor(readonly layer: ReferenceLayer) {
    this.input = new ReferenceInput(layer, 2 * layer.config.hiddenSize);
    this.input.declareBias();
  }

  createPass(timeSteps: number, rows: number, training: boolean): ReferenceCellPass {
    return new ReferenceMinGruPass(this.layer, timeSteps, rows, training);
  }
}

class ReferenceMinGruPass implements ReferenceCellPass {
  readonly gradHidden: FloatArray;
  private readonly h: ReferenceState;
  private readonly size: number;

  constructor(
    layer: ReferenceLayer,
    timeSteps: number,
    private readonly rows: number,
    training: boolean,
  ) {
    this.size = layer.config.hiddenSize;
    this.h = new ReferenceState(layer, "hidden", timeSteps, rows, training);
    this.gradHidden = layer.store.allocate(training ? timeSteps * rows * this.size : 0);
  }

  get hidden(): FloatArray {
    return this.h.values;
  }

  forward(gates: FloatArray, timeSteps: number): void {
    const { size } = this;
    const h = this.h.values;
    this.h.begin();
    for (let row = 0; row < timeSteps * this.rows; row++) {
      const gate = row * 2 * size;
      const now = row * size;
      const next = now + this.rows * size;
      for (let j = 0; j < size; j++) {
        const z = sigmoid(gates[gate + j]!);
        gates[gate + j] = z;
        h[next + j] = (1 - z) * h[now + j]! + z * gates[gate + size + j]!;
      }
    }
  }

  backward(gates: FloatArray, timeSteps: number): void {
    const { size, gradHidden } = this;
    const h = this.h.values;
    for (let row = timeSteps * this.rows - 1; row >= 0; row--) {
      const gate = row * 2 * size;
      const now = row * size;
      const previous = now - this.rows * size;
      for (let j = 0; j < size; j++) {
        const z = gates[gate + j]!;
        const candidate = gates[gate + size + j]!;
        const gradH = gradHidden[now + j]!;
        // h' = (1 - z) h + z h̃, z = σ(s)
        if (previous >= 0) gradHidden[previous + j] = gradHidden[previous + j]! + gradH * (1 - z);
        gates[gate + j] = gradH * (candidate - h[now + j]!) * z * (1 - z);
        gates[gate + size + j] = gradH * z;
      }
    }
  }

  carryState(timeSteps: number): void {
    this.h.carry(timeSteps);
  }

  resetState(): void {
    this.h.reset();
  }

  copyStateFrom(other: ReferenceCellPass): void {
    this.h.copyFrom((other as ReferenceMinGruPass).h);
  }
}
