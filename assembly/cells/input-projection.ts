/**
 * The input's share of every gate, W_ih x + b, for all time steps at once.
 *
 * x is one-hot (given as tokens: W_ih x is a look-up, its gradient a scatter) or dense (R, D), R = T·N rows ·
 * W_ih (G·H, D), kept as its transpose for one-hot input · b (G·H) · gates (R, G·H).
 */

import { TensorKind } from "../abi/constants.ts";
import { matmul } from "../kernels/matmul.ts";
import { gatherRows, gatherRowsPlusBias, scatterAddRows, spreadRow, sumRows } from "../kernels/rows.ts";
import { transpose } from "../kernels/transpose.ts";
import { Parameter } from "../memory/parameter.ts";
import { Tensor } from "../memory/tensor.ts";
import { LayerOptions } from "./layer-options.ts";

export class InputProjection {
  private readonly weight: Parameter;
  private readonly inputSize: i32;
  private readonly oneHot: bool;
  private readonly gateBytes: usize;
  private readonly inputBytes: usize;
  /** Null where the model has no biases. */
  private bias: Parameter | null = null;
  /** W_ihᵀ (D, G·H), which the forward product reads; null for one-hot input. */
  private transposed: Tensor | null = null;

  constructor(
    options: LayerOptions,
    readonly gateSize: i32,
  ) {
    const name = "rnn.weight_ih" + options.suffix;
    const inputSize = options.inputSize;
    this.inputSize = inputSize;
    this.oneHot = options.oneHot;
    this.gateBytes = (<usize>gateSize) << 2;
    this.inputBytes = (<usize>inputSize) << 2;
    if (options.oneHot) {
      this.weight = Parameter.transposed(options.arena, name, gateSize, inputSize);
    } else {
      this.weight = Parameter.matrix(options.arena, name, gateSize, inputSize);
      const transposedName = "rnn.weight_ih_transposed" + options.suffix;
      this.transposed = options.arena.declareMatrix(TensorKind.Workspace, transposedName, inputSize, gateSize);
    }
  }

  /** Apart from the constructor, so that parameters stand in PyTorch's order: weight_ih, weight_hh, bias. */
  declareBias(options: LayerOptions): void {
    if (options.bias) this.bias = Parameter.vector(options.arena, "rnn.bias_ih" + options.suffix, this.gateSize);
  }

  prepare(): void {
    const transposed = this.transposed;
    if (transposed) transpose(transposed.address, this.weight.address, this.gateSize, this.inputSize);
  }

  /** gates = W_ih x + b; x points to tokens or to rows of floats. */
  forward(gates: usize, x: usize, rows: i32): void {
    const bias = this.bias;
    const width = this.gateBytes;
    if (this.oneHot) {
      if (bias) gatherRowsPlusBias(gates, this.weight.address, x, bias.address, rows, this.gateSize);
      else gatherRows(gates, this.weight.address, x, rows, this.gateSize);
      return;
    }
    if (bias) spreadRow(gates, bias.address, rows, this.gateSize);
    const w = this.transposed!.address;
    matmul(gates, width, x, this.inputBytes, 4, w, width, rows, this.gateSize, this.inputSize, bias != null);
  }

  /** Overwrites the gradients of W_ih and b and, for dense input, those of x at `gradX`. */
  backward(gradX: usize, gradGates: usize, x: usize, rows: i32): void {
    const bias = this.bias;
    const gradient = this.weight.gradAddress;
    const width = this.gateBytes;
    // gates = W_ih x + b  →  ∂b = Σ ∂gates, ∂W_ih = Σ ∂gatesᵀ x, ∂x = ∂gates W_ih
    if (bias) sumRows(bias.gradAddress, gradGates, rows, this.gateSize, width);
    if (this.oneHot) {
      memory.fill(gradient, 0, <usize>this.inputSize * width);
      scatterAddRows(gradient, x, gradGates, rows, this.gateSize);
      return;
    }
    const inputWidth = this.inputBytes;
    matmul(gradient, inputWidth, gradGates, 4, width, x, inputWidth, this.gateSize, this.inputSize, rows, false);
    const w = this.weight.address;
    matmul(gradX, inputWidth, gradGates, width, 4, w, inputWidth, rows, this.inputSize, this.gateSize, false);
  }
}
