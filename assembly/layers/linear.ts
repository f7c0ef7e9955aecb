/**
 * Linear layer: y = W x + b for each of R rows.
 *
 * x (R, I) · W (O, I) · b (O), or none · y (R, O). Kept for the backward pass: x, by the caller.
 * The forward product reads Wᵀ (I, O), a copy that `prepare` makes after each change of W. W may be another layer's.
 */

import { TensorKind } from "../abi/constants.ts";
import { matmul } from "../kernels/matmul.ts";
import { spreadRow, sumRows } from "../kernels/rows.ts";
import { transpose } from "../kernels/transpose.ts";
import { Arena } from "../memory/arena.ts";
import { Parameter } from "../memory/parameter.ts";
import { Tensor } from "../memory/tensor.ts";

export class Linear {
  private readonly weight: Parameter;
  /** Null where the model has no biases. */
  private bias: Parameter | null = null;
  private readonly weightTransposed: Tensor;

  /** `shared` is the weight (O, I) of another layer, or null for one of its own. */
  constructor(
    arena: Arena,
    name: string,
    readonly inputs: i32,
    readonly outputs: i32,
    bias: bool,
    shared: Parameter | null,
  ) {
    this.weight = shared ? shared : Parameter.matrix(arena, name + ".weight", outputs, inputs);
    this.weightTransposed = arena.declareMatrix(TensorKind.Workspace, name + ".weight_transposed", inputs, outputs);
    if (bias) this.bias = Parameter.vector(arena, name + ".bias", outputs);
  }

  prepare(): void {
    transpose(this.weightTransposed.address, this.weight.address, this.outputs, this.inputs);
  }

  forward(y: usize, x: usize, rows: i32): void {
    const inputBytes = (<usize>this.inputs) << 2;
    const outputBytes = (<usize>this.outputs) << 2;
    const bias = this.bias;
    // y = b + x Wᵀ
    if (bias) spreadRow(y, bias.address, rows, this.outputs);
    const w = this.weightTransposed.address;
    matmul(y, outputBytes, x, inputBytes, 4, w, outputBytes, rows, this.outputs, this.inputs, bias != null);
  }

  /** From gradY (R, O) and the forward pass's x: gradX (R, I), and the gradients of W and b, each overwritten. */
  backward(gradX: usize, gradY: usize, x: usize, rows: i32): void {
    const inputBytes = (<usize>this.inputs) << 2;
    const outputBytes = (<usize>this.outputs) << 2;
    const bias = this.bias;
    // y = b + x Wᵀ  →  ∂W = ∂yᵀ x, ∂b = Σ ∂y, ∂x = ∂y W
    const gradW = this.weight.gradAddress;
    matmul(gradW, inputBytes, gradY, 4, outputBytes, x, inputBytes, this.outputs, this.inputs, rows, false);
    if (bias) sumRows(bias.gradAddress, gradY, rows, this.outputs, outputBytes);
    const w = this.weight.address;
    matmul(gradX, inputBytes, gradY, outputBytes, 4, w, inputBytes, rows, this.inputs, this.outputs, false);
  }
}
