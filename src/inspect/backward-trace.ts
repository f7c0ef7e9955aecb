/**
 * One backward step: the gradients of the loss of one pair, as they stand in the module's memory after it, from the logits back
 * to every parameter. The pair is a chunk of its own, so no gradient goes on into the time before it; in training, those of a
 * whole chunk run back through its time steps and are added up.
 */

import type { WasmEngine } from "../core/wasm-engine.ts";
import { gatesOf } from "./cell-gates.ts";

/** An element of a tensor, by its place in the row-major values. */
export interface TensorElement {
  /** The parameter's name. */
  readonly tensor: string;
  /** Of its values, row-major, from 0. */
  readonly index: number;
}

/** A parameter and the gradient of the loss at it, row-major. */
export interface ParameterGradient {
  /** Of the parameter. */
  readonly name: string;
  /** (length), or (rows, columns). */
  readonly shape: readonly number[];
  /** The parameter. */
  readonly values: Float32Array;
  /** ∂loss of each of its elements, before clipping. */
  readonly gradient: Float32Array;
  /** Places of the largest gradients by size, the largest first; no zeros. */
  readonly largest: readonly number[];
}

/** The gradient at one of a cell's sums. */
export interface SumGradient {
  /** In words: "forget gate". */
  readonly name: string;
  /** As the equations have it: "f". */
  readonly symbol: string;
  /** (H) */
  readonly gradient: Float32Array;
}

/** All arrays are (H). */
export interface LayerGradients {
  /** From 0, the one that reads the token. */
  readonly layer: number;
  /** ∂loss/∂h' of the state that the layer came to. */
  readonly hidden: Float32Array;
  /** ∂loss/∂sum of each of the cell's sums, before its nonlinearity. */
  readonly sums: readonly SumGradient[];
  /** Of an LSTM: ∂loss/∂c of the cell before, where it would go on in a longer chunk. */
  readonly previousCell?: Float32Array;
}

/** The loss of one pair of tokens, and its gradients. */
export interface BackwardTrace {
  /** The token that came next, an index into the vocabulary. */
  readonly target: number;
  /** -log p of the target, in nats. */
  readonly loss: number;
  /** (V): probabilities - one-hot target. */
  readonly logits: Float32Array;
  /** From the first layer to the last; the gradient runs the other way. */
  readonly layers: readonly LayerGradients[];
  /** (D): of the token's row of the embedding, where there is one. */
  readonly embedded: Float32Array | undefined;
  /** In the order of the engine's tensors. */
  readonly parameters: readonly ParameterGradient[];
  /** Euclidean norm over all parameters, before clipping. */
  readonly gradientNorm: number;
}

/** Elements that `largest` holds. */
const LARGEST = 8;

/** Of one pair, from the state that the engine carries, which it keeps. */
export function traceBackward(engine: WasmEngine, token: number, target: number): BackwardTrace {
  const { loss, gradientNorm } = engine.lossAndGradients([token], [target]);
  const { layers, embeddingSize } = engine.config;
  return {
    target,
    loss,
    logits: engine.readWorkspace("train.logits"),
    layers: Array.from({ length: layers }, (_, layer) => layerGradients(engine, layer)),
    embedded: embeddingSize > 0 ? engine.readWorkspace("train.grad_embedded") : undefined,
    parameters: engine.tensors
      .filter(({ role }) => role === "parameter")
      .map(({ name, shape }) => {
        const gradient = engine.readTensor(`grad.${name}`);
        return { name, shape, values: engine.readTensor(name), gradient, largest: largestOf(gradient, LARGEST) };
      }),
    gradientNorm,
  };
}

function layerGradients(engine: WasmEngine, layer: number): LayerGradients {
  const { cell, activation, hiddenSize: size } = engine.config;
  const sums = engine.readWorkspace(`train.gates_l${layer}`);
  const gradCell = `train.grad_cell_l${layer}`;
  const gradients: LayerGradients = {
    layer,
    hidden: engine.readWorkspace(`train.grad_hidden_l${layer}`),
    sums: gatesOf(cell, activation).map(({ name, symbol }, g) => ({
      name,
      symbol,
      gradient: sums.slice(g * size, (g + 1) * size),
    })),
  };
  if (!engine.workspace.some(({ name }) => name === gradCell)) return gradients;
  return { ...gradients, previousCell: engine.readWorkspace(gradCell) };
}

/** Places of the `count` values that are largest by size, the largest first; of equal ones the first, and no zeros. */
function largestOf(values: ArrayLike<number>, count: number): number[] {
  const places: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (!(size > 0)) continue;
    if (places.length === count && size <= Math.abs(values[places[count - 1]!]!)) continue;
    let at = places.length;
    while (at > 0 && Math.abs(values[places[at - 1]!]!) < size) at--;
    places.splice(at, 0, i);
    if (places.length > count) places.pop();
  }
  return places;
}
