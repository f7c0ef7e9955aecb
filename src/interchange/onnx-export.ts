/**
 * A model in ONNX, for any runtime that has the operators:
 *
 *     tokens (N, T) int64, hidden (L, N, H)[, cell (L, N, H)]  →  logits (N, T, V), next_hidden[, next_cell]
 *
 * N and T are what a call gives. The states that come out go in again, so that a sample is drawn with T = 1, step by step; the
 * first ones are zeros. Recipe and vocabulary travel along as metadata. Everything is float32.
 *
 *   tokens → transposed (T, N) → one-hot or embedding (T, N, D) → layers → (T, N, H) → decoder → transposed back
 */

import { InvalidValueError } from "../core/errors.ts";
import { VERSION } from "../core/generated/version.ts";
import { ONNX_CELLS } from "./onnx-cells.ts";
import { OnnxGraph } from "./onnx-graph.ts";
import type { ModelWeights } from "./weights.ts";

/** What one file of protocol buffers may be. */
const MOST_BYTES = 2 ** 31 - 1;

/** The bytes of the ONNX file. Throws a RangeError for a cell that has no form there, or a model beyond 2 GiB. */
export function onnxModel({ model, tensors, metadata, step }: ModelWeights): Uint8Array {
  const { recipe, vocabulary } = model;
  const { layers, hiddenSize, embeddingSize, tied } = recipe;
  const cell = ONNX_CELLS[recipe.cell];
  if (cell === undefined) {
    throw new InvalidValueError(
      `cell: expected ${Object.keys(ONNX_CELLS).join(" or ")} for ONNX, got "${recipe.cell}"`,
    );
  }
  const bytes = 4 * tensors.reduce((sum, { values }) => sum + values.length, 0);
  if (bytes > MOST_BYTES)
    throw new InvalidValueError(`expected weights of at most 2 GiB for one ONNX file, got ${bytes} bytes`);
  const byName = new Map(tensors.map(({ name, values }) => [name, values]));
  const size = vocabulary.size;

  const graph = new OnnxGraph("charloom");
  graph.input("tokens", "int64", ["batch", "time"]);
  for (const state of cell.states) graph.input(state, "float", [layers, "batch", hiddenSize]);
  const tokens = graph.node("Transpose", ["tokens"], ["tokens.T"], { perm: [1, 0] });
  let x: string;
  if (embeddingSize > 0) {
    const table = graph.floats("embedding.weight", [size, embeddingSize], byName.get("embedding.weight")!);
    x = graph.node("Gather", [table, tokens], ["embedded"]);
  } else {
    const offOn = graph.floats("one_hot.values", [2], [0, 1]);
    x = graph.node("OneHot", [tokens, graph.integers("one_hot.depth", [size], []), offOn], ["one_hot"]);
  }

  // one state of all layers on the outside, one a layer within
  const each = graph.integers("one_a_layer", Array(layers).fill(1));
  for (const state of cell.states) {
    graph.node(
      "Split",
      [state, each],
      Array.from({ length: layers }, (_, layer) => `${state}_l${layer}`),
      { axis: 0 },
    );
  }
  for (let layer = 0; layer < layers; layer++) {
    x = cell.add({
      graph,
      recipe,
      name: `rnn_l${layer}`,
      x,
      inputWidth: layer === 0 ? embeddingSize || size : hiddenSize,
      states: cell.states.map((state) => `${state}_l${layer}`),
      nextStates: cell.states.map((state) => `next_${state}_l${layer}`),
      tensor: (kind) => byName.get(`rnn.${kind}_l${layer}`),
    });
  }
  for (const state of cell.states) {
    const parts = Array.from({ length: layers }, (_, layer) => `next_${state}_l${layer}`);
    graph.node("Concat", parts, [`next_${state}`], { axis: 0 });
  }

  const weight = tied
    ? "embedding.weight"
    : graph.floats("decoder.weight", [size, hiddenSize], byName.get("decoder.weight")!);
  const transposed = graph.node("Transpose", [weight], ["decoder.weight.T"], { perm: [1, 0] });
  let logits = graph.node("MatMul", [x, transposed], ["decoder.product"]);
  const bias = byName.get("decoder.bias");
  if (bias !== undefined) {
    logits = graph.node("Add", [logits, graph.floats("decoder.bias", [size], bias)], ["decoder.logits"]);
  }
  graph.node("Transpose", [logits], ["logits"], { perm: [1, 0, 2] });
  graph.output("logits", "float", ["batch", "time", size]);
  for (const state of cell.states) graph.output(`next_${state}`, "float", [layers, "batch", hiddenSize]);

  const notes = { recipe: metadata.recipe!, vocabulary: metadata.vocabulary!, unit: recipe.unit, step: String(step) };
  return graph.toModel({ name: "charloom", version: VERSION }, notes);
}
