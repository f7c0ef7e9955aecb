/**
 * One forward step of a model, every value on the way, as it stands in the module's memory after the step:
 *
 *   token → (embedding) → per layer: W_ih x, b, W_hh h, their sum, gates, state → logits → probabilities
 *
 * What a cell overwrites in place, the products and the sums, the module makes again (module-products.ts); a sum of two terms is
 * rounded here as it is there.
 */

import type { WasmEngine } from "../core/wasm-engine.ts";
import { type CellGate, gatesOf, type Nonlinearity } from "./cell-gates.ts";
import type { ForkedModel } from "./fork.ts";
import { ModuleProducts } from "./module-products.ts";

/** A row of values and what it is in the equations: "W_hh h". */
export interface Term {
  /** As the equations have it: "W_hf h". */
  readonly symbol: string;
  /** (H) */
  readonly values: Float32Array;
}

/** One of a cell's sums (H), and what becomes of it. */
export interface GateTrace {
  /** In words: "forget gate". */
  readonly name: string;
  /** As the equations have it: "f". */
  readonly symbol: string;
  /** What the sum goes through. */
  readonly nonlinearity: Nonlinearity;
  /** What is added up. */
  readonly terms: readonly Term[];
  /** (H), of the terms. */
  readonly sum: Float32Array;
  /** The sum through the nonlinearity. */
  readonly value: Float32Array;
}

/** An LSTM's cell state, (H) each. */
export interface CellTrace {
  /** Before the step. */
  readonly previous: Float32Array;
  /** After it. */
  readonly next: Float32Array;
  /** The tanh of the next. */
  readonly squashed: Float32Array;
}

/** All arrays are (H) but for the input. */
export interface LayerTrace {
  /** From 0, the one that reads the token. */
  readonly layer: number;
  /** What the layer reads, (D); undefined where it is the one-hot token. */
  readonly input: Float32Array | undefined;
  /** (H), the state before. */
  readonly previousHidden: Float32Array;
  /** In the order of the cell's blocks. */
  readonly gates: readonly GateTrace[];
  /** (H), the state that it came to. */
  readonly hidden: Float32Array;
  /** Of an LSTM. */
  readonly cell?: CellTrace;
}

/** Every value of one step forward. */
export interface ForwardTrace {
  /** The token that is read, an index into the vocabulary. */
  readonly token: number;
  /** The token's row of the embedding, (D); undefined for one-hot input. */
  readonly embedded: Float32Array | undefined;
  /** From the first layer to the last. */
  readonly layers: readonly LayerTrace[];
  /** (V) */
  readonly logits: Float32Array;
  /** (V), of the next token. */
  readonly probabilities: Float32Array;
}

/** The products that `traceForward` needs of a model. */
export function productsFor({ engine, recipe }: ForkedModel): Promise<ModuleProducts> {
  const { cell, activation, hiddenSize, embeddingSize, layers } = engine.config;
  const gates = gatesOf(cell, activation);
  const widths: number[] = [];
  if (embeddingSize > 0) widths.push(embeddingSize);
  if (layers > 1 || gates.some(({ recurrence }) => recurrence === "added")) widths.push(hiddenSize);
  return ModuleProducts.create(gates.length * hiddenSize, widths, recipe.numerics);
}

/** After `engine.samplerStep(token)`. */
export function traceForward(engine: WasmEngine, products: ModuleProducts, token: number): ForwardTrace {
  const { layers, embeddingSize } = engine.config;
  const probabilities = engine.samplerProbabilities(1).slice() as Float32Array;
  return {
    token,
    embedded: embeddingSize > 0 ? engine.readWorkspace("sampler.input_l0") : undefined,
    layers: Array.from({ length: layers }, (_, layer) => traceLayer(engine, products, token, layer)),
    logits: engine.readWorkspace("sampler.logits"),
    probabilities,
  };
}

function traceLayer(engine: WasmEngine, products: ModuleProducts, token: number, layer: number): LayerTrace {
  const { cell, activation, hiddenSize: size, embeddingSize } = engine.config;
  const workspace = (name: string) => engine.readWorkspace(`sampler.${name}_l${layer}`);
  const has = (name: string) => engine.workspace.some((known) => known.name === `sampler.${name}_l${layer}`);
  const oneHot = layer === 0 && embeddingSize === 0;
  // a layer of the sampler reads the one below where it lies
  const below = layer === 0 ? "sampler.input_l0" : `sampler.hidden_sequence_l${layer - 1}`;
  const input = oneHot ? undefined : engine.readWorkspace(below).slice(layer === 0 ? 0 : size);
  const [previousHidden, hidden] = halves(workspace("hidden_sequence"));
  const gates = gatesOf(cell, activation);
  const sums = traceSums(engine, products, layer, input ?? token, previousHidden, gates);
  // a cell that has but one sum keeps it, and what becomes of it is the state
  const values = gates.length === 1 ? hidden : workspace("gates");
  const trace: LayerTrace = {
    layer,
    input,
    previousHidden,
    hidden,
    gates: gates.map(({ name, symbol, nonlinearity, recurrence }, g) => {
      const part = (all: Float32Array) => all.slice(g * size, (g + 1) * size);
      const terms: Term[] = [{ symbol: "W_ih x", values: part(sums.input) }];
      if (sums.bias !== undefined) terms.push({ symbol: "b", values: part(sums.bias) });
      if (sums.recurrent !== undefined) {
        const reset = engine.config.bias ? "r ⊙ (W_hh h + b_hn)" : "r ⊙ W_hh h";
        terms.push({ symbol: recurrence === "reset" ? reset : "W_hh h", values: part(sums.recurrent) });
      }
      return { name, symbol, nonlinearity, terms, sum: part(sums.sum), value: part(values) };
    }),
  };
  if (!has("cell_sequence")) return trace;
  const [previous, next] = halves(workspace("cell_sequence"));
  return { ...trace, cell: { previous, next, squashed: workspace("tanh_cell") } };
}

/** The terms of all sums of a layer, (G·H) each. */
interface Sums {
  readonly input: Float32Array;
  /** Undefined where the model has no biases. */
  readonly bias: Float32Array | undefined;
  /** Undefined where no product with the state is added. */
  readonly recurrent: Float32Array | undefined;
  readonly sum: Float32Array;
}

function traceSums(
  engine: WasmEngine,
  products: ModuleProducts,
  layer: number,
  input: Float32Array | number,
  previousHidden: Float32Array,
  gates: readonly CellGate[],
): Sums {
  const parameter = (name: string) => engine.readTensor(`rnn.${name}_l${layer}`);
  const workspace = (name: string) => engine.readWorkspace(`sampler.${name}_l${layer}`);
  const weight = parameter("weight_ih");
  const bias = engine.config.bias ? parameter("bias_ih") : undefined;
  const oneHot = typeof input === "number";
  const fromInput = oneHot ? columnOf(weight, input, engine.config.vocabularySize) : products.product(weight, input);
  const share = oneHot ? plus(fromInput, bias) : products.product(weight, input, bias);
  const { recurrence } = gates[gates.length - 1]!;
  if (recurrence === "none") return { input: fromInput, bias, recurrent: undefined, sum: share };
  if (recurrence === "added") {
    const weightHh = parameter("weight_hh");
    const sum = gates.length === 1 ? workspace("gates") : products.product(weightHh, previousHidden, share);
    return { input: fromInput, bias, recurrent: products.product(weightHh, previousHidden), sum };
  }
  // GRU: the module keeps its products with the state, the candidate's with its own bias
  const size = previousHidden.length;
  const recurrent = workspace("recurrent_products");
  const reset = workspace("gates"); // whose first block is r
  for (let j = 0; j < size; j++) recurrent[2 * size + j] = reset[j]! * recurrent[2 * size + j]!;
  return { input: fromInput, bias, recurrent, sum: plus(share, recurrent) };
}

/** Two rows of a (2, H) tensor. */
function halves(values: Float32Array): [Float32Array, Float32Array] {
  const size = values.length / 2;
  return [values.slice(0, size), values.slice(size)];
}

/** Column `column` of a row-major matrix of `columns` columns. */
function columnOf(matrix: Float32Array, column: number, columns: number): Float32Array {
  return Float32Array.from({ length: matrix.length / columns }, (_, row) => matrix[row * columns + column]!);
}

/** Each sum rounded to float32, as the module rounds it. */
function plus(a: Float32Array, b: Float32Array | undefined): Float32Array {
  return b === undefined ? a.slice() : a.map((value, i) => value + b[i]!);
}
