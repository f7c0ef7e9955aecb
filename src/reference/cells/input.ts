import type { FloatArray } from "../../core/engine.ts";
import { addOuterProduct, addProduct, addTransposedProduct, addVector } from "../matrix.ts";
import type { ReferenceParameter } from "../tensor-store.ts";
import type { ReferenceLayer } from "./cell.ts";

/** The input's share of every gate, W_ih x + b: assembly/cells/input-projection.ts, row after row. */
export class ReferenceInput {
  private readonly weight: ReferenceParameter;
  private bias: ReferenceParameter | undefined;

  constructor(
    private readonly layer: ReferenceLayer,
    readonly gateSize: number,
  ) {
    this.weight = layer.store.declareParameter(`rnn.weight_ih${layer.suffix}`, [gateSize, layer.inputSize]);
  }

  /** Apart from the constructor, so that parameters stand in PyTorch's order. */
  declareBias(): void {
    const { store, suffix, config } = this.layer;
    if (config.bias) this.bias = store.declareParameter(`rnn.bias_ih${suffix}`, [this.gateSize]);
  }

  /** `x` holds one token a row for one-hot input, else `inputSize` floats. */
  forward(gates: FloatArray, x: ArrayLike<number>, rows: number): void {
    const { weight, bias, gateSize } = this;
    const { inputSize, oneHot } = this.layer;
    gates.fill(0, 0, rows * gateSize);
    for (let row = 0; row < rows; row++) {
      const gate = row * gateSize;
      if (bias !== undefined) addVector(gates, gate, bias.value, 0, gateSize);
      if (oneHot) {
        const token = x[row]!;
        for (let i = 0; i < gateSize; i++) gates[gate + i] = gates[gate + i]! + weight.value[i * inputSize + token]!;
      } else {
        addProduct(gates, gate, weight.value, gateSize, inputSize, x as FloatArray, row * inputSize);
      }
    }
  }

  /** Overwrites the gradients of W_ih and b and, for dense input, `gradX`. */
  backward(gradX: FloatArray | undefined, gradGates: FloatArray, x: ArrayLike<number>, rows: number): void {
    const { weight, bias, gateSize } = this;
    const { inputSize, oneHot } = this.layer;
    weight.gradient.fill(0);
    bias?.gradient.fill(0);
    gradX?.fill(0, 0, rows * inputSize);
    for (let row = 0; row < rows; row++) {
      const gate = row * gateSize;
      if (bias !== undefined) addVector(bias.gradient, 0, gradGates, gate, gateSize);
      if (oneHot) {
        const token = x[row]!;
        const { gradient } = weight;
        for (let i = 0; i < gateSize; i++) {
          const at = i * inputSize + token;
          gradient[at] = gradient[at]! + gradGates[gate + i]!;
        }
      } else {
        addOuterProduct(weight.gradient, gateSize, inputSize, gradGates, gate, x as FloatArray, row * inputSize);
        addTransposedProduct(gradX!, row * inputSize, weight.value, gateSize, inputSize, gradGates, gate);
      }
    }
  }
}
