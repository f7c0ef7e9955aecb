import { Cell } from "./cell.ts";
import { GruCell } from "./gru.ts";
import { LayerOptions } from "./layer-options.ts";
import { LstmCell } from "./lstm.ts";
import { VanillaCell } from "./vanilla.ts";

/** The cells by name, as in the recipe of a model file: a line in this list and one below for each. */
export const CELL_NAMES: StaticArray<string> = ["rnn", "lstm", "gru"];

/** The index must be one of CELL_NAMES. */
export function createCell(index: i32, options: LayerOptions): Cell {
  if (index == 1) return new LstmCell(options);
  if (index == 2) return new GruCell(options);
  return new VanillaCell(options);
}
