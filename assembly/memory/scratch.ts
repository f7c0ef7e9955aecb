import { TensorKind } from "../abi/constants.ts";
import { panelWidth, TILE_BYTES } from "../kernels/panels.ts";
import { Arena } from "./arena.ts";
import { Tensor } from "./tensor.ts";

/** Room that products use and leave behind: one for all weights of a model, as they come one after the other. */
export class Scratch {
  /** Panels of up to `rows` rows of activations. */
  private readonly panelTensor: Tensor;
  private readonly tileTensor: Tensor;

  /** `rows` (T·N) of activations, of `width` floats at most. */
  constructor(arena: Arena, rows: i32, width: i32) {
    this.panelTensor = arena.declareMatrix(TensorKind.Workspace, "train.panels", rows, panelWidth(width));
    this.tileTensor = arena.declareVector(TensorKind.Workspace, "train.tiles", <i32>(TILE_BYTES >> 2));
  }

  get panels(): usize {
    return this.panelTensor.address;
  }

  get tiles(): usize {
    return this.tileTensor.address;
  }
}
