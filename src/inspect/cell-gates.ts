/**
 * What the sums of a cell are called, in the order in which they lie in its gates (the equations head the files in
 * assembly/cells). Each sum is W_ih x + b and a product with the state, then goes through its nonlinearity.
 */

import type { ActivationName } from "../core/engine.ts";

/** "linear" where there is none. */
export type Nonlinearity = "sigmoid" | ActivationName;

export interface CellGate {
  /** For a reader: "forget gate". */
  readonly name: string;
  /** As in the equations: "f". */
  readonly symbol: string;
  readonly nonlinearity: Nonlinearity;
  /** How W_hh h comes into the sum: added as it is, multiplied by the reset gate first, or not at all. */
  readonly recurrence: "added" | "reset" | "none";
}

const gate = (
  name: string,
  symbol: string,
  nonlinearity: Nonlinearity,
  recurrence: CellGate["recurrence"] = "added",
): CellGate => ({ name, symbol, nonlinearity, recurrence });

const CELL_GATES: Readonly<Record<string, (activation: ActivationName) => readonly CellGate[]>> = {
  rnn: (activation) => [gate("new state", "h", activation)],
  lstm: () => [
    gate("input gate", "i", "sigmoid"),
    gate("forget gate", "f", "sigmoid"),
    gate("candidate", "g", "tanh"),
    gate("output gate", "o", "sigmoid"),
  ],
  gru: () => [
    gate("reset gate", "r", "sigmoid"),
    gate("update gate", "z", "sigmoid"),
    gate("candidate", "n", "tanh", "reset"),
  ],
  mingru: () => [gate("update gate", "z", "sigmoid", "none"), gate("candidate", "h̃", "linear", "none")],
};

/** The gates of a cell of the registry. Throws a RangeError for a cell that has no names here. */
export function gatesOf(cell: string, activation: ActivationName): readonly CellGate[] {
  const gates = CELL_GATES[cell];
  if (gates !== undefined) return gates(activation);
  throw new RangeError(`cell "${cell}": expected one whose gates have names, ${Object.keys(CELL_GATES).join(", ")}`);
}
