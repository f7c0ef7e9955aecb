import { TensorKind } from "../abi/constants.ts";
import { panelWidth, TILE_BYTES } from "../kernels/panels.ts";
import { alternate, memberIndex } from "../threads/team.ts";
import { Arena } from "./arena.ts";
import { Tensor } from "./tensor.ts";

/** Room that products use and leave behind: one for all weights of a model, as they come one after the other. */
export class Scratch {
  /** Panels of activations, which all members of the team fill and read. */
  private readonly panelTensors: Array<Tensor> = [];
  /** (threads, tiles): each member's own. */
  private readonly tileTensor: Tensor;

  /** `rows` (T·N) of activations, of `width` floats at most. */
  constructor(arena: Arena, rows: i32, width: i32, threads: i32) {
    this.tileTensor = arena.declareMatrix(TensorKind.Workspace, "train.tiles", threads, <i32>(TILE_BYTES >> 2));
    // a member may begin the next product's panels while others still read the last one's
    for (let i = 0; i < min(threads, 2); i++) {
      const name = "train.panels_" + i.toString();
      this.panelTensors.push(arena.declareMatrix(TensorKind.Workspace, name, rows, panelWidth(width)));
    }
  }

  /** Room for the panels of one product, another one at every call. */
  nextPanels(): usize {
    return this.panelTensors[this.panelTensors.length > 1 ? alternate() : 0].address;
  }

  get tiles(): usize {
    return this.tileTensor.address + <usize>memberIndex() * TILE_BYTES;
  }
}
