import { Arena } from "../memory/arena.ts";
import { Cell } from "./cell.ts";
import { VanillaCell } from "./vanilla.ts";

/** The cells by index; the names are those of `--cell` and of the recipe in a model file. */
export const CELL_NAMES: StaticArray<string> = ["rnn"];

/** The index must be one of CELL_NAMES. */
export function createCell(index: i32, arena: Arena, vocabularySize: i32, hiddenSize: i32): Cell {
  switch (index) {
    default:
      return new VanillaCell(arena, vocabularySize, hiddenSize);
  }
}
