/**
 * Linear layer: y = W x + b for each of R rows.
 *
 * x (R, I) · W (O, I) · b (O) · y (R, O). Kept for the backward pass: x, by the caller.
 * The forward product reads Wᵀ (I, O), a copy that `prepare` makes after each change of W.
 */

import { TensorKind } from "../abi/constants.ts";
import { matmul } from "../kernels/matmul.ts";
import { spreadRow, sumRows } from "../kernels/rows.ts";
import { transpose } from "../kernels/transpose.ts";
import { Arena } from "../memory/arena.ts";
import { Tensor } from "../memory/tensor.ts";

export class Linear {
  private readonly weight: Tensor;
  private readonly bias: Tensor;
  private readonly gradWeight: Tensor;
  private readonly gradBias: Tensor;
  private readonly weightTransposed: Tensor;

  constructor(
    arena: Arena,
    name: string,
    readonly inputs: i32,
    readonly outputs: i32,
  ) {
    this.weight = arena.declareMatrix(TensorKind.Parameter, name + ".weight", outputs, inputs);
    this.gradWeight = arena.declareMatrix(TensorKind.Gradient, "grad." + name + ".weight", outputs, inputs);
    this.bias = arena.declareVector(TensorKind.Parameter, name + ".bias", outputs);
    this.gradBias = arena.declareVector(TensorKind.Gradient, "grad." + name + ".bias", outputs);
    this.weightTransposed = arena.declareMatrix(TensorKind.Workspace, name + ".weight_transposed", inputs, outputs);
  }

  prepare(): void {
    transpose(this.weightTransposed.address, this.weight.address, this.outputs, this.inputs);
  }

  forward(y: usize, x: usize, rows: i32): void {
    const inputBytes = (<usize>this.inputs) << 2;
    const outputBytes = (<usize>this.outputs) << 2;
    // y = b + x Wᵀ
    spreadRow(y, this.bias.address, rows, this.outputs);
    const w = this.weightTransposed.address;
    matmul(y, outputBytes, x, inputBytes, 4, w, outputBytes, rows, this.outputs, this.inputs, true);
  }

  /** From gradY (R, O) and the forward pass's x: gradX (R, I), and the gradients of W and b, each overwritten. */
  backward(gradX: usize, gradY: usize, x: usize, rows: i32): void {
    const inputBytes = (<usize>this.inputs) << 2;
    const outputBytes = (<usize>this.outputs) << 2;
    // y = b + x Wᵀ  →  ∂W = ∂yᵀ x, ∂b = Σ ∂y, ∂x = ∂y W
    const gradW = this.gradWeight.address;
    matmul(gradW, inputBytes, gradY, 4, outputBytes, x, inputBytes, this.outputs, this.inputs, rows, false);
    sumRows(this.gradBias.address, gradY, rows, this.outputs);
    const w = this.weight.address;
    matmul(gradX, inputBytes, gradY, outputBytes, 4, w, inputBytes, rows, this.inputs, this.outputs, false);
  }
}
