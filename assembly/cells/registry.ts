import { Cell } from "./cell.ts";
import { GruCell } from "./gru.ts";
import { LayerOptions } from "./layer-options.ts";
import { LstmCell } from "./lstm.ts";
import { MinGruCell } from "./mingru.ts";
import { VanillaCell } from "./vanilla.ts";

/**
 * The cells by index, a line each: the name, as in the recipe of a model file, and the class. The one list answers both
 * questions, `T` being string or Cell: a table of objects would be made by every instance of a threaded module again.
 */
function find<T>(index: i32, options: LayerOptions | null): T | null {
  if (index == 0) return nameOrCell<T, VanillaCell>("rnn", options);
  if (index == 1) return nameOrCell<T, LstmCell>("lstm", options);
  if (index == 2) return nameOrCell<T, GruCell>("gru", options);
  if (index == 3) return nameOrCell<T, MinGruCell>("mingru", options);
  return null;
}

export function numberOfCells(): i32 {
  let count = 0;
  while (nameOfCell(count)) count++;
  return count;
}

/** Null beyond the last. */
export function nameOfCell(index: i32): string | null {
  return find<string>(index, null);
}

/** The index must be one that has a name. */
export function createCell(index: i32, options: LayerOptions): Cell {
  return find<Cell>(index, options)!;
}

function nameOrCell<T, C extends Cell>(name: string, options: LayerOptions | null): T {
  if (isString<T>()) return changetype<T>(name);
  return changetype<T>(instantiate<C>(options!));
}
