/**
 * What can be looked at in each cell, and where it stands: the states that go from step to step, and the blocks of H that the
 * cell leaves in its gates (its file in assembly/cells has the equations, and says in which order).
 */

import type { EngineConfig } from "../core/engine.ts";

/** Between which bounds values lie: "gate" 0 and 1, "signed" -1 and 1, "unbounded" none. */
export type QuantityRange = "gate" | "signed" | "unbounded";

/** A vector of H that a cell has at every step. */
export interface CellQuantity {
  /** "hidden", "cell", or as the cell's equations have it: "i", "f", "g", "o" … */
  readonly name: string;
  /** What it is in words: "forget gate". */
  readonly label: string;
  readonly range: QuantityRange;
  /** Which block of H it is of the gates; undefined for a state, which has a tensor of its own. */
  readonly block?: number;
}

const HIDDEN = { name: "hidden", label: "hidden state" } as const;

/** By name of the cell. A cell that is missing here shows its hidden state alone. */
export const CELL_QUANTITIES: Readonly<Record<string, (config: EngineConfig) => readonly CellQuantity[]>> = {
  rnn: ({ activation }) => [
    { ...HIDDEN, range: activation === "tanh" ? "signed" : "unbounded" },
    { name: "sum", label: "sum before the nonlinearity", range: "unbounded", block: 0 },
  ],
  lstm: () => [
    { ...HIDDEN, range: "signed" },
    { name: "cell", label: "cell state", range: "unbounded" },
    { name: "i", label: "input gate", range: "gate", block: 0 },
    { name: "f", label: "forget gate", range: "gate", block: 1 },
    { name: "g", label: "candidate", range: "signed", block: 2 },
    { name: "o", label: "output gate", range: "gate", block: 3 },
  ],
  gru: () => [
    { ...HIDDEN, range: "signed" },
    { name: "r", label: "reset gate", range: "gate", block: 0 },
    { name: "z", label: "update gate", range: "gate", block: 1 },
    { name: "n", label: "candidate", range: "signed", block: 2 },
  ],
  mingru: () => [
    { ...HIDDEN, range: "unbounded" },
    { name: "z", label: "update gate", range: "gate", block: 0 },
    { name: "candidate", label: "candidate", range: "unbounded", block: 1 },
  ],
};

/** What a model of this configuration has at every step, in each layer; the hidden state comes first. */
export function quantitiesOf(config: EngineConfig): readonly CellQuantity[] {
  return CELL_QUANTITIES[config.cell]?.(config) ?? [{ ...HIDDEN, range: "unbounded" }];
}
