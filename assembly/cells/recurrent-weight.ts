import { TensorKind } from "../abi/constants.ts";
import { matmul } from "../kernels/matmul.ts";
import { transpose } from "../kernels/transpose.ts";
import { Parameter } from "../memory/parameter.ts";
import { Tensor } from "../memory/tensor.ts";
import { LayerOptions } from "./layer-options.ts";

/**
 * W_hh (G·H, H), the products with it, and its gradient. The forward product reads the transposed copy, row after row.
 */
export class RecurrentWeight {
  private readonly weight: Parameter;
  private readonly transposed: Tensor;
  private readonly hiddenSize: i32;
  /** Bytes of a row of h and of a row of gates. */
  private readonly hiddenBytes: usize;
  private readonly gateBytes: usize;

  constructor(
    options: LayerOptions,
    private readonly gateSize: i32,
  ) {
    const size = options.hiddenSize;
    this.weight = Parameter.matrix(options.arena, "rnn.weight_hh" + options.suffix, gateSize, size);
    const name = "rnn.weight_hh_transposed" + options.suffix;
    this.transposed = options.arena.declareMatrix(TensorKind.Workspace, name, size, gateSize);
    this.hiddenSize = size;
    this.hiddenBytes = (<usize>size) << 2;
    this.gateBytes = (<usize>gateSize) << 2;
  }

  prepare(): void {
    transpose(this.transposed.address, this.weight.address, this.gateSize, this.hiddenSize);
  }

  /** gates (N, G·H) += h (N, H) W_hhᵀ */
  addProduct(gates: usize, hidden: usize, rows: i32): void {
    const w = this.transposed.address;
    const width = this.gateBytes;
    matmul(gates, width, hidden, this.hiddenBytes, 4, w, width, rows, this.gateSize, this.hiddenSize, true);
  }

  /** gradHidden (N, H) += gradGates (N, G·H) W_hh */
  addGradHidden(gradHidden: usize, gradGates: usize, rows: i32): void {
    const w = this.weight.address;
    const width = this.hiddenBytes;
    matmul(gradHidden, width, gradGates, this.gateBytes, 4, w, width, rows, this.hiddenSize, this.gateSize, true);
  }

  /** ∂W_hh = Σ gradGatesᵀ h over `count` rows, h being the state that each row of gates was computed from. */
  computeGradient(gradGates: usize, hidden: usize, count: i32): void {
    const gradient = this.weight.gradAddress;
    const width = this.hiddenBytes;
    matmul(gradient, width, gradGates, 4, this.gateBytes, hidden, width, this.gateSize, this.hiddenSize, count, false);
  }
}
