/** What each cell does in one step, told three ways: its equations, its quantities as strips, and the sums of one unit. */

import type { GateTrace, LayerGradients, LayerTrace, Recipe } from "../../../src/index.ts";
import { signed } from "./notation.ts";
import type { StripGroup } from "./unit-strips.ts";

interface CellAccount {
  /** In the notation of `formula`. */
  readonly equations: (recipe: Recipe) => readonly string[];
  /** What the gates are for, in sentences. */
  readonly purpose: (recipe: Recipe) => string;
  /** How the state of one unit follows from its gates. */
  readonly outcome: (layer: LayerTrace, unit: number) => readonly string[];
  /** What ∂h′ of one unit is multiplied with on its way to each of its sums. */
  readonly factors: (layer: LayerTrace, unit: number) => readonly Factors[];
}

/** A product that ends at one of the cell's sums, or at c′. */
interface Factors {
  /** Its end: "∂sum of i". */
  readonly of: string;
  /** As an equation has it: "∂c′ g i (1 − i)", the gradient that it begins with first. */
  readonly symbols: string;
  /** The factors after that gradient. */
  readonly values: readonly number[];
  /** Which gradient it begins with: ∂h′ if left out. */
  readonly from?: string;
}

const number = (value: number) => (value < 0 ? `(${signed(value)})` : signed(value));
const values = ({ gates }: LayerTrace, unit: number) => gates.map(({ value }) => value[unit]!);
const withBias = ({ bias }: Recipe, name = "b") => (bias ? ` + ${name}` : "");

const ACCOUNTS: Readonly<Record<string, CellAccount>> = {
  rnn: {
    equations: (recipe) => {
      const sum = `W_ih x + W_hh h${withBias(recipe)}`;
      return [recipe.activation === "linear" ? `h′ = ${sum}` : `h′ = ${recipe.activation}(${sum})`];
    },
    purpose: ({ activation }) =>
      activation === "tanh"
        ? "The function tanh holds each unit between −1 and 1."
        : activation === "relu"
          ? "The function relu lets no unit fall below zero."
          : "Nothing holds the units within bounds.",
    outcome: () => [],
    factors: ({ hidden, gates }, unit) => {
      const h = hidden[unit]!;
      const { nonlinearity } = gates[0]!;
      if (nonlinearity === "tanh") return [{ of: "∂sum", symbols: "∂h′ (1 − h′²)", values: [1 - h * h] }];
      return [{ of: "∂sum", symbols: "∂h′", values: nonlinearity === "relu" && h <= 0 ? [0] : [] }];
    },
  },
  lstm: {
    equations: (recipe) => [
      `i, f, o = σ(W_ih x + W_hh h${withBias(recipe)})`,
      `g = tanh(W_ih x + W_hh h${withBias(recipe)})`,
      "c′ = f c + i g",
      "h′ = o tanh(c′)",
    ],
    purpose: () =>
      "It has a second memory, c, and three gates, numbers between 0 and 1: f says how much of c is kept, i how much of the new " +
      "value g is added, and o how much of it all is shown as h′.",
    outcome: (layer, unit) => {
      const [i, f, g, o] = values(layer, unit) as [number, number, number, number];
      const { previous, next, squashed } = layer.cell!;
      return [
        `c′ = f c + i g = ${number(f)} · ${number(previous[unit]!)} + ${number(i)} · ${number(g)} = ${signed(next[unit]!)}`,
        `h′ = o tanh(c′) = ${number(o)} · ${number(squashed[unit]!)} = ${signed(layer.hidden[unit]!)}`,
      ];
    },
    factors: (layer, unit) => {
      const [i, f, g, o] = values(layer, unit) as [number, number, number, number];
      const squashed = layer.cell!.squashed[unit]!;
      const from = "∂c′";
      return [
        { of: "∂sum of o", symbols: "∂h′ tanh(c′) o (1 − o)", values: [squashed, o, 1 - o] },
        { of: from, symbols: "∂h′ o (1 − tanh²(c′))", values: [o, 1 - squashed * squashed] },
        { of: "∂sum of i", symbols: "∂c′ g i (1 − i)", values: [g, i, 1 - i], from },
        { of: "∂sum of f", symbols: "∂c′ c f (1 − f)", values: [layer.cell!.previous[unit]!, f, 1 - f], from },
        { of: "∂sum of g", symbols: "∂c′ i (1 − g²)", values: [i, 1 - g * g], from },
      ];
    },
  },
  gru: {
    equations: (recipe) => [
      `r, z = σ(W_ih x + W_hh h${withBias(recipe)})`,
      `n = tanh(W_ih x${withBias(recipe)} + r (W_hh h${withBias(recipe, "b_hn")}))`,
      "h′ = (1 − z) n + z h",
    ],
    purpose: () =>
      "Two gates, numbers between 0 and 1, decide: r how much of the old memory goes into the new value n, and z how much of the " +
      "old memory simply stays.",
    outcome: (layer, unit) => {
      const [, z, n] = values(layer, unit) as [number, number, number];
      const [before, after] = [layer.previousHidden[unit]!, layer.hidden[unit]!];
      return [
        `h′ = (1 − z) n + z h = ${number(1 - z)} · ${number(n)} + ${number(z)} · ${number(before)} = ${signed(after)}`,
      ];
    },
    factors: (layer, unit) => {
      const [r, z, n] = values(layer, unit) as [number, number, number];
      // r times what it lets through is the last of the candidate's terms
      const through = r === 0 ? 0 : layer.gates[2]!.terms.at(-1)!.values[unit]! / r;
      const from = "∂sum of n";
      return [
        { of: from, symbols: "∂h′ (1 − z) (1 − n²)", values: [1 - z, 1 - n * n] },
        { of: "∂sum of z", symbols: "∂h′ (h − n) z (1 − z)", values: [layer.previousHidden[unit]! - n, z, 1 - z] },
        { of: "∂sum of r", symbols: "∂sum of n (what r lets through) r (1 − r)", values: [through, r, 1 - r], from },
      ];
    },
  },
  mingru: {
    equations: (recipe) => [
      `z = σ(W_ih x${withBias(recipe)})`,
      `h̃ = W_ih x${withBias(recipe)}`,
      "h′ = (1 − z) h + z h̃",
    ],
    purpose: () =>
      "One gate, z, a number between 0 and 1, decides how much of the old memory gives way to the new value h̃; both look at what " +
      "is read alone.",
    outcome: (layer, unit) => {
      const [z, candidate] = values(layer, unit) as [number, number];
      const [before, after] = [layer.previousHidden[unit]!, layer.hidden[unit]!];
      return [
        `h′ = (1 − z) h + z h̃ = ${number(1 - z)} · ${number(before)} + ${number(z)} · ${number(candidate)} = ${signed(after)}`,
      ];
    },
    factors: (layer, unit) => {
      const [z, candidate] = values(layer, unit) as [number, number];
      const difference = candidate - layer.previousHidden[unit]!;
      return [
        { of: "∂sum of h̃", symbols: "∂h′ z", values: [z] },
        { of: "∂sum of z", symbols: "∂h′ (h̃ − h) z (1 − z)", values: [difference, z, 1 - z] },
      ];
    },
  },
};

/** Of a cell of the registry. */
export function accountOf(cell: string): CellAccount {
  const account = ACCOUNTS[cell];
  if (account === undefined)
    throw new RangeError(`cell "${cell}": expected one of ${Object.keys(ACCOUNTS).join(", ")}`);
  return account;
}

/** "σ" of a sigmoid; nothing where there is no nonlinearity. */
function functionName({ nonlinearity }: GateTrace): string {
  if (nonlinearity === "sigmoid") return "σ";
  return nonlinearity === "linear" ? "" : nonlinearity;
}

/** The state before, each gate's terms, sum and value, and the state after. */
export function stripsOf(layer: LayerTrace): StripGroup[] {
  const { previousHidden, hidden, gates, cell } = layer;
  const single = gates.length === 1;
  return [
    {
      title: "the memory before",
      strips: [
        { symbol: "h", values: previousHidden },
        ...(cell === undefined ? [] : [{ symbol: "c", values: cell.previous }]),
      ],
    },
    ...gates.map((gate) => ({
      title: single ? "what is added up" : gate.name,
      strips: [
        ...gate.terms,
        ...(gate.terms.length > 1 ? [{ symbol: "their sum", values: gate.sum }] : []),
        ...(single ? [] : [{ symbol: gateEquation(gate), values: gate.value, result: true }]),
      ],
    })),
    {
      title: "the memory after",
      strips: [
        ...(cell === undefined
          ? []
          : [
              { symbol: "c′", values: cell.next },
              { symbol: "tanh(c′)", values: cell.squashed },
            ]),
        { symbol: single ? `h′ = ${functionName(gates[0]!)}(sum)` : "h′", values: hidden, result: true },
      ],
    },
  ];
}

function gateEquation(gate: GateTrace): string {
  const name = functionName(gate);
  return name === "" ? gate.symbol : `${gate.symbol} = ${name}(sum)`;
}

/** One unit's sums, a line each. */
export function unitAccount(cell: string, layer: LayerTrace, unit: number): string[] {
  const single = layer.gates.length === 1;
  const gates = layer.gates.map((gate) => {
    const symbols = gate.terms.map(({ symbol }) => symbol).join(" + ");
    const terms = gate.terms.map(({ values: term }) => number(term[unit]!)).join(" + ");
    const sum = signed(gate.sum[unit]!);
    const name = functionName(gate);
    const symbol = single ? "h′" : gate.symbol;
    const added = gate.terms.length === 1 ? `${symbols} = ${sum}` : `${symbols} = ${terms} = ${sum}`;
    if (name === "") return `${symbol} = ${added}`;
    return `${added},  ${symbol} = ${name}(${sum}) = ${signed(gate.value[unit]!)}`;
  });
  return [...gates, ...accountOf(cell).outcome(layer, unit)];
}

/** What comes back to a layer: the gradient at its state, then at each of its sums. */
export function gradientStripsOf({ hidden, sums }: LayerGradients, title: string): StripGroup {
  const single = sums.length === 1;
  return {
    title,
    strips: [
      { symbol: "∂h′", values: hidden },
      ...sums.map(({ symbol, gradient }) => ({ symbol: single ? "∂sum" : `∂sum of ${symbol}`, values: gradient })),
    ],
  };
}

/** How the gradient at one unit's state goes on to each of its sums, a line each. */
export function gradientAccount(cell: string, layer: LayerTrace, gradients: LayerGradients, unit: number): string[] {
  const known = new Map([["∂h′", gradients.hidden[unit]!]]);
  const ends = new Map(gradients.sums.map(({ symbol, gradient }) => [`∂sum of ${symbol}`, gradient[unit]!]));
  if (gradients.sums.length === 1) ends.set("∂sum", gradients.sums[0]!.gradient[unit]!);
  return accountOf(cell)
    .factors(layer, unit)
    .map(({ of, symbols, values: factors, from = "∂h′" }) => {
      const start = known.get(from)!;
      // the module's own number where it keeps it: an LSTM's ∂c′ it does not
      const end = ends.get(of) ?? factors.reduce((product, factor) => product * factor, start);
      known.set(of, end);
      return `${of} = ${symbols} = ${[start, ...factors].map(number).join(" · ")} = ${signed(end)}`;
    });
}
