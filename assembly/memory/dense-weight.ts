/**
 * A weight W (O, I) and the three products with it, over R rows:
 *
 *   y (R, O) = x (R, I) Wᵀ       ∂x (R, I) = ∂y (R, O) W       ∂W (O, I) = ∂yᵀ x
 *
 * The first reads panels of Wᵀ, copied once after each change of W. The other two read their second factor as it is where it
 * fits the nearest cache, and panels of it where it does not. Either way the bits are the same (kernels/panels.ts).
 */

import { TensorKind } from "../abi/constants.ts";
import { matmul } from "../kernels/matmul.ts";
import { matmulPanels, packPanels, packTransposedPanels, panelWidth } from "../kernels/panels.ts";
import { Arena } from "./arena.ts";
import { Parameter } from "./parameter.ts";
import { Scratch } from "./scratch.ts";
import { Tensor } from "./tensor.ts";

/** Floats above which a factor is copied into panels: measured, half of a cache of 32 KB for activations, all of two for weights. */
const LARGE_ACTIVATIONS = 4096;
const LARGE_WEIGHT = 16384;
/** Rows of the other factor below which a copy of the weight does not pay. */
const MANY_ROWS = 4;

export class DenseWeight {
  readonly parameter: Parameter;
  private readonly forwardPanels: Tensor;
  /** Panels of W, for ∂x; null where W itself is read. */
  private backwardPanels: Tensor | null = null;
  private readonly inputBytes: usize;
  private readonly outputBytes: usize;

  /**
   * `rows` is how many one call of `backward` has at most. `shared` is the weight of another layer, or null for one of its
   * own, under `name`.
   */
  constructor(
    arena: Arena,
    name: string,
    private readonly outputs: i32,
    private readonly inputs: i32,
    rows: i32,
    private readonly scratch: Scratch,
    shared: Parameter | null,
  ) {
    this.parameter = shared ? shared : Parameter.matrix(arena, name, outputs, inputs);
    this.forwardPanels = arena.declareMatrix(TensorKind.Workspace, name + ".panels", inputs, panelWidth(outputs));
    if (rows >= MANY_ROWS && <i64>inputs * <i64>outputs > LARGE_WEIGHT) {
      const backwardName = name + ".backward_panels";
      this.backwardPanels = arena.declareMatrix(TensorKind.Workspace, backwardName, outputs, panelWidth(inputs));
    }
    this.inputBytes = (<usize>inputs) << 2;
    this.outputBytes = (<usize>outputs) << 2;
  }

  /** To be called after W changed. */
  prepare(): void {
    const w = this.parameter.address;
    packTransposedPanels(this.forwardPanels.address, w, this.inputs, this.outputs);
    const backwardPanels = this.backwardPanels;
    if (backwardPanels) packPanels(backwardPanels.address, w, this.outputs, this.inputs);
  }

  /** y (R, O) = x (R, I) Wᵀ, on top of what is there if `accumulate`. */
  forward(y: usize, x: usize, rows: i32, accumulate: bool): void {
    const panels = this.forwardPanels.address;
    matmulPanels(y, this.outputBytes, x, this.inputBytes, 4, panels, rows, this.outputs, this.inputs, accumulate, 0);
  }

  /** ∂x (R, I) = ∂y (R, O) W, on top of what is there if `accumulate`. */
  backward(gradX: usize, gradY: usize, rows: i32, accumulate: bool): void {
    const inputBytes = this.inputBytes;
    const outputBytes = this.outputBytes;
    const panels = this.backwardPanels;
    if (panels) {
      const address = panels.address;
      matmulPanels(gradX, inputBytes, gradY, outputBytes, 4, address, rows, this.inputs, this.outputs, accumulate, 0);
    } else {
      const w = this.parameter.address;
      matmul(gradX, inputBytes, gradY, outputBytes, 4, w, inputBytes, rows, this.inputs, this.outputs, accumulate);
    }
  }

  /** ∂W (O, I) = ∂yᵀ x, over R rows. */
  gradient(gradY: usize, x: usize, rows: i32): void {
    const gradW = this.parameter.gradAddress;
    const inputBytes = this.inputBytes;
    const outputBytes = this.outputBytes;
    if (<i64>rows * <i64>this.inputs > LARGE_ACTIVATIONS) {
      const panels = this.scratch.panels;
      const tiles = this.scratch.tiles;
      packPanels(panels, x, rows, this.inputs);
      matmulPanels(gradW, inputBytes, gradY, 4, outputBytes, panels, this.outputs, this.inputs, rows, false, tiles);
    } else {
      matmul(gradW, inputBytes, gradY, 4, outputBytes, x, inputBytes, this.outputs, this.inputs, rows, false);
    }
  }
}
