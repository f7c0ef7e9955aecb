/**
 * A weight W (O, I) and the three products with it, over R rows:
 *
 *   y (R, O) = x (R, I) Wᵀ       ∂x (R, I) = ∂y (R, O) W       ∂W (O, I) = ∂yᵀ x
 *
 * The first reads panels of Wᵀ, copied once after each change of W. The other two read their second factor as it is where it
 * fits the nearest cache, and panels of it where it does not. Either way the bits are the same (kernels/panels.ts).
 *
 * The first two are of whatever rows the caller gives. Panels and ∂W are made by all members of the team together, each its
 * share of columns, and its share of rows or, of a large one, what rows it claims.
 */

import { TensorKind } from "../abi/constants.ts";
import { matmul } from "../kernels/matmul.ts";
import { matmulPanels, PANEL_WIDTH, packPanels, packTransposedPanels, panelWidth } from "../kernels/panels.ts";
import { claim, claimEnd, claimStart, shareEnd, shareStart } from "../threads/partition.ts";
import { barrier } from "../threads/team.ts";
import { Arena } from "./arena.ts";
import { Parameter } from "./parameter.ts";
import { Scratch } from "./scratch.ts";
import { Tensor } from "./tensor.ts";

/** Floats above which a factor is copied into panels: measured, half of a cache of 32 KB for activations, all of two for weights. */
const LARGE_ACTIVATIONS = 4096;
const LARGE_WEIGHT = 16384;
/**
 * Rows of the other factor below which the product is one of many, as a recurrent weight's with a small batch is at each time step:
 * then a copy of the weight pays at any size, since a single row goes along plain rows at three quarters of the speed.
 */
const MANY_ROWS = 4;
/** What the first column of a share of outputs is a multiple of. */
export const COLUMN_GRAIN = PANEL_WIDTH;
/** What the number of rows of ∂W in a share is a multiple of. */
const TILE_ROWS = 4;
/** The fewest rows of ∂W in a part that is claimed: for each part all panels of x are read. */
const PART_ROWS = 8;

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
    if (rows < MANY_ROWS || <i64>inputs * <i64>outputs > LARGE_WEIGHT) {
      const backwardName = name + ".backward_panels";
      this.backwardPanels = arena.declareMatrix(TensorKind.Workspace, backwardName, outputs, panelWidth(inputs));
    }
    this.inputBytes = (<usize>inputs) << 2;
    this.outputBytes = (<usize>outputs) << 2;
  }

  /** To be called after W changed: this member's share of the panels. */
  prepare(): void {
    const w = this.parameter.address;
    const inputs = this.inputs;
    const outputs = this.outputs;
    const first = shareStart(outputs, PANEL_WIDTH);
    const panels = this.forwardPanels.address + ((<usize>first * <usize>inputs) << 2);
    const count = shareEnd(outputs, PANEL_WIDTH) - first;
    packTransposedPanels(panels, w + <usize>first * this.inputBytes, inputs, count);
    const backwardPanels = this.backwardPanels;
    if (backwardPanels) packShare(backwardPanels.address, w, outputs, inputs);
  }

  /**
   * y (R, O) = x (R, I) Wᵀ, on top of what is there if `accumulate`, in columns from `column`, a multiple of COLUMN_GRAIN, to before
   * `endColumn`.
   */
  forward(y: usize, x: usize, rows: i32, column: i32, endColumn: i32, accumulate: bool): void {
    if (endColumn == column) return;
    const panels = this.forwardPanels.address + ((<usize>column * <usize>this.inputs) << 2);
    y += (<usize>column) << 2;
    const tiles = this.scratch.tiles;
    matmulPanels(
      y,
      this.outputBytes,
      x,
      this.inputBytes,
      4,
      panels,
      rows,
      endColumn - column,
      this.inputs,
      accumulate,
      tiles,
    );
  }

  /** ∂x (R, I) = ∂y (R, O) W, on top of what is there if `accumulate`. */
  backward(gradX: usize, gradY: usize, rows: i32, accumulate: bool): void {
    const inputBytes = this.inputBytes;
    const outputBytes = this.outputBytes;
    const panels = this.backwardPanels;
    if (panels) {
      const address = panels.address;
      const tiles = this.scratch.tiles;
      matmulPanels(
        gradX,
        inputBytes,
        gradY,
        outputBytes,
        4,
        address,
        rows,
        this.inputs,
        this.outputs,
        accumulate,
        tiles,
      );
    } else {
      const w = this.parameter.address;
      matmul(gradX, inputBytes, gradY, outputBytes, 4, w, inputBytes, rows, this.inputs, this.outputs, accumulate);
    }
  }

  /** This member's part of ∂W (O, I) = ∂yᵀ x, over R rows. All members must call it. */
  gradient(gradY: usize, x: usize, rows: i32): void {
    const inputs = this.inputs;
    const outputs = this.outputs;
    const inputBytes = this.inputBytes;
    const outputBytes = this.outputBytes;
    const gradW = this.parameter.gradAddress;
    if (<i64>rows * <i64>inputs <= LARGE_ACTIVATIONS) {
      const first = shareStart(outputs, TILE_ROWS);
      const count = shareEnd(outputs, TILE_ROWS) - first;
      if (count == 0) return;
      const target = gradW + <usize>first * inputBytes;
      const columns = gradY + ((<usize>first) << 2);
      matmul(target, inputBytes, columns, 4, outputBytes, x, inputBytes, count, inputs, rows, false);
      return;
    }
    const panels = this.scratch.nextPanels();
    const tiles = this.scratch.tiles;
    packShare(panels, x, rows, inputs);
    barrier();
    while (claim(outputs, PART_ROWS, PART_ROWS)) {
      const first = claimStart();
      const target = gradW + <usize>first * inputBytes;
      const columns = gradY + ((<usize>first) << 2);
      const count = claimEnd() - first;
      matmulPanels(target, inputBytes, columns, 4, outputBytes, panels, count, inputs, rows, false, tiles);
    }
  }
}

/** This member's share of the panels of B (k, n), whose rows are contiguous. */
function packShare(panels: usize, b: usize, k: i32, n: i32): void {
  const first = shareStart(n, PANEL_WIDTH);
  const from = b + ((<usize>first) << 2);
  const to = panels + ((<usize>first * <usize>k) << 2);
  packPanels(to, from, (<usize>n) << 2, k, shareEnd(n, PANEL_WIDTH) - first);
}
