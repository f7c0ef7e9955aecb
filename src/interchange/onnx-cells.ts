/**
 * Each cell as ONNX has it. The operators RNN, LSTM and GRU take their gates in an order of their own: i o f c where ours, and
 * PyTorch's, is i f g o; z r h where it is r z n. A minGRU is a Scan over its equations.
 *
 * Within a graph: x (T, N, D), states (1, N, H), outputs (T, N, H).
 */

import type { FloatArray } from "../core/engine.ts";
import type { Recipe } from "../model/recipe.ts";
import { type Attribute, OnnxGraph } from "./onnx-graph.ts";

export interface OnnxLayer {
  readonly graph: OnnxGraph;
  readonly recipe: Recipe;
  /** Begins the names of what the layer adds. */
  readonly name: string;
  readonly x: string;
  readonly inputWidth: number;
  /** The states' names before, one for each of the cell's states. */
  readonly states: readonly string[];
  /** The names that the states after are to have. */
  readonly nextStates: readonly string[];
  /** A tensor of this layer, "weight_ih" and so on; undefined where there is none. */
  readonly tensor: (kind: string) => FloatArray | undefined;
}

export interface OnnxCell {
  /** Names of its states. */
  readonly states: readonly string[];
  /** Adds a layer; returns the name of its outputs. */
  readonly add: (layer: OnnxLayer) => string;
}

export const ONNX_CELLS: Readonly<Record<string, OnnxCell>> = {
  rnn: {
    states: ["hidden"],
    add: (layer) => {
      const { activation } = layer.recipe;
      const linear = { activations: ["Affine"], activation_alpha: { floats: [1] }, activation_beta: { floats: [0] } };
      const named = { activations: [activation === "relu" ? "Relu" : "Tanh"] };
      return operator("RNN", layer, [0], activation === "linear" ? linear : named);
    },
  },
  lstm: { states: ["hidden", "cell"], add: (layer) => operator("LSTM", layer, [0, 3, 1, 2]) },
  // the reset gate is applied after the product, as PyTorch and we have it
  gru: { states: ["hidden"], add: (layer) => operator("GRU", layer, [1, 0, 2], { linear_before_reset: 1 }) },
  mingru: { states: ["hidden"], add: minGru },
};

/** One of ONNX's own operators; `order` lists our gates in its order. */
function operator(
  name: string,
  layer: OnnxLayer,
  order: readonly number[],
  attributes: Readonly<Record<string, Attribute>> = {},
): string {
  const { graph, recipe, x, inputWidth, states, nextStates, tensor } = layer;
  const size = recipe.hiddenSize;
  const rows = order.length * size;
  const reordered = (kind: string) => blocksInOrder(tensor(kind)!, order);
  const weightIh = graph.floats(`${layer.name}.W`, [1, rows, inputWidth], reordered("weight_ih"));
  const weightHh = graph.floats(`${layer.name}.R`, [1, rows, size], reordered("weight_hh"));
  let bias = "";
  if (tensor("bias_ih") !== undefined) {
    const both = new Float64Array(2 * rows);
    both.set(reordered("bias_ih"));
    both.set(reordered("bias_hh"), rows);
    bias = graph.floats(`${layer.name}.B`, [1, 2 * rows], both);
  }
  const [hidden = "", ...cell] = states;
  const outputs = [`${layer.name}.Y`, ...nextStates];
  const all = graph.node(name, [x, weightIh, weightHh, bias, "", hidden, ...cell], outputs, {
    hidden_size: size,
    ...attributes,
  });
  // (T, directions, N, H): there is one direction
  return graph.node("Squeeze", [all, graph.integers(`${layer.name}.direction`, [1])], [`${layer.name}.outputs`]);
}

/** h' = (1 - z) h + z h̃ for each of the sums of a time step, z = σ of their first half. */
function minGru({ graph, recipe, name, x, inputWidth, states, nextStates, tensor }: OnnxLayer): string {
  const size = recipe.hiddenSize;
  const weight = graph.floats(`${name}.weight_ih`, [2 * size, inputWidth], tensor("weight_ih")!);
  const transposed = graph.node("Transpose", [weight], [`${name}.weight_ih.T`], { perm: [1, 0] });
  let sums = graph.node("MatMul", [x, transposed], [`${name}.product`]);
  const bias = tensor("bias_ih");
  if (bias !== undefined) {
    sums = graph.node("Add", [sums, graph.floats(`${name}.bias_ih`, [2 * size], bias)], [`${name}.sums`]);
  }
  const state = `${name}.h`;
  const axis = graph.integers(`${name}.axis`, [0]);
  graph.node("Squeeze", [states[0]!, axis], [state]);

  const body = new OnnxGraph(`${name}.step`);
  body.input("h", "float", ["batch", size]);
  body.input("total", "float", ["batch", 2 * size]);
  body.node("Split", ["total"], ["z_sum", "candidate"], { axis: 1 });
  body.node("Sigmoid", ["z_sum"], ["z"]);
  body.node("Sub", [body.floats("one", [], [1]), "z"], ["kept"]);
  body.node("Mul", ["kept", "h"], ["old"]);
  body.node("Mul", ["z", "candidate"], ["new"]);
  body.node("Add", ["old", "new"], ["next_h"]);
  body.node("Identity", ["next_h"], ["output"]);
  body.output("next_h", "float", ["batch", size]);
  body.output("output", "float", ["batch", size]);
  graph.node("Scan", [state, sums], [`${name}.last`, `${name}.outputs`], { body, num_scan_inputs: 1 });
  graph.node("Unsqueeze", [`${name}.last`, axis], [nextStates[0]!]);
  return `${name}.outputs`;
}

/** A tensor whose rows are in equal blocks, with these in another order. */
function blocksInOrder(values: FloatArray, order: readonly number[]): FloatArray {
  const block = values.length / order.length;
  const result = values.slice();
  for (const [to, from] of order.entries()) result.set(values.subarray(from * block, (from + 1) * block), to * block);
  return result;
}
