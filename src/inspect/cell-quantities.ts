/**
 * What can be looked at in each cell at every step: the states that go from step to step, and its gates, as the cell leaves them in
 * its workspace (its file in assembly/cells has the equations, cell-gates.ts the names).
 */

import type { EngineConfig } from "../core/engine.ts";
import { gatesOf, type Nonlinearity } from "./cell-gates.ts";

/** Between which bounds values lie: "gate" 0 and 1, "signed" -1 and 1, "unbounded" none. */
export type QuantityRange = "gate" | "signed" | "unbounded";

/** A vector of H that a cell has at every step. */
export interface CellQuantity {
  /** "hidden", "cell", or a gate as the cell's equations have it: "i", "f", "g", "o" … */
  readonly name: string;
  /** What it is in words: "forget gate". */
  readonly label: string;
  readonly range: QuantityRange;
  /** Which block of H it is of the gates; undefined for a state, which has a tensor of its own. */
  readonly block?: number;
}

const hidden = (range: QuantityRange): CellQuantity => ({ name: "hidden", label: "hidden state", range });

/** The states of each cell. One that is missing here shows its hidden state, of which nothing is known, and nothing else. */
export const CELL_STATES: Readonly<Record<string, (config: EngineConfig) => readonly CellQuantity[]>> = {
  rnn: ({ activation }) => [hidden(RANGES[activation])],
  lstm: () => [hidden("signed"), { name: "cell", label: "cell state", range: "unbounded" }],
  gru: () => [hidden("signed")],
  mingru: () => [hidden("unbounded")],
};

const RANGES: Readonly<Record<Nonlinearity, QuantityRange>> = {
  sigmoid: "gate",
  tanh: "signed",
  relu: "unbounded",
  linear: "unbounded",
};

/** What a model of this configuration has at every step, in each layer; the hidden state comes first. */
export function quantitiesOf(config: EngineConfig): readonly CellQuantity[] {
  const states = CELL_STATES[config.cell];
  return states === undefined ? [hidden("unbounded")] : [...states(config), ...gateQuantities(config)];
}

function gateQuantities({ cell, activation }: EngineConfig): CellQuantity[] {
  // a vanilla cell has no gates but the sum, and writes its new state elsewhere
  if (cell === "rnn") return [{ name: "sum", label: "sum before the nonlinearity", range: "unbounded", block: 0 }];
  return gatesOf(cell, activation).map(({ symbol, name, nonlinearity }, block) => ({
    name: symbol,
    label: name,
    range: RANGES[nonlinearity],
    block,
  }));
}
