/** One forward step in float64, straight from the equations at the head of each cell: what a lesson's values are compared with. */

import type { Lesson } from "../../src/index.ts";

export interface PlainLayer {
  readonly hidden: number[];
  readonly cell: number[];
  /** Before and after the nonlinearity, gate after gate. */
  readonly sums: number[][];
  readonly values: number[][];
}

export interface PlainStep {
  readonly layers: PlainLayer[];
  readonly logits: number[];
  readonly probabilities: number[];
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const identity = (x: number) => x;
const relu = (x: number) => Math.max(0, x);

/** `state` holds h, and c, of each layer before the step. */
export function plainStep(lesson: Lesson, token: number, state: { hidden: number[]; cell: number[] }[]): PlainStep {
  const { cell, activation, bias, tied } = lesson.recipe;
  const parameters = new Map(lesson.parameters().map((parameter) => [parameter.name, parameter]));
  const times = (name: string, x: number[]) => {
    const { shape, values } = parameters.get(name)!;
    return Array.from({ length: shape[0]! }, (_, row) =>
      x.reduce((sum, value, column) => sum + values[row * shape[1]! + column]! * value, 0),
    );
  };
  const biases = (name: string, length: number) =>
    bias ? Array.from(parameters.get(name)!.values) : new Array<number>(length).fill(0);
  const add = (...terms: number[][]) => terms[0]!.map((_, i) => terms.reduce((sum, term) => sum + term[i]!, 0));

  const embedding = parameters.get("embedding.weight");
  const width = embedding?.shape[1] ?? lesson.vocabulary.size;
  let x = Array.from({ length: width }, (_, i) =>
    embedding === undefined ? Number(i === token) : embedding.values[token * width + i]!,
  );
  const layers = state.map(({ hidden: h, cell: c }, l): PlainLayer => {
    const size = h.length;
    const fromInput = times(`rnn.weight_ih_l${l}`, x);
    const input = add(fromInput, biases(`rnn.bias_ih_l${l}`, fromInput.length));
    const fromState = cell === "mingru" ? [] : times(`rnn.weight_hh_l${l}`, h);
    const block = (values: number[], gate: number) => values.slice(gate * size, (gate + 1) * size);
    const sum = (gate: number) => add(block(input, gate), block(fromState, gate));
    let next: PlainLayer;
    if (cell === "rnn") {
      const f = { tanh: Math.tanh, relu, linear: identity }[activation];
      next = { sums: [sum(0)], values: [sum(0).map(f)], hidden: sum(0).map(f), cell: [] };
    } else if (cell === "lstm") {
      const sums = [0, 1, 2, 3].map(sum);
      const values = sums.map((gate, g) => gate.map(g === 2 ? Math.tanh : sigmoid));
      const [i, f, g, o] = values as [number[], number[], number[], number[]];
      const nextCell = c.map((value, j) => f[j]! * value + i[j]! * g[j]!);
      next = { sums, values, cell: nextCell, hidden: nextCell.map((value, j) => o[j]! * Math.tanh(value)) };
    } else if (cell === "gru") {
      const r = sum(0).map(sigmoid);
      const z = sum(1).map(sigmoid);
      const product = add(block(fromState, 2), biases(`rnn.bias_hn_l${l}`, size));
      const candidate = add(
        block(input, 2),
        product.map((value, j) => r[j]! * value),
      );
      const n = candidate.map(Math.tanh);
      const hidden = h.map((value, j) => (1 - z[j]!) * n[j]! + z[j]! * value);
      next = { sums: [sum(0), sum(1), candidate], values: [r, z, n], hidden, cell: [] };
    } else if (cell === "mingru") {
      const z = block(input, 0).map(sigmoid);
      const candidate = block(input, 1);
      const hidden = h.map((value, j) => (1 - z[j]!) * value + z[j]! * candidate[j]!);
      next = { sums: [block(input, 0), candidate], values: [z, candidate], hidden, cell: [] };
    } else {
      throw new RangeError(`cell "${cell}": its equations are missing here; add them`);
    }
    x = next.hidden;
    return next;
  });
  const logits = add(
    times(tied ? "embedding.weight" : "decoder.weight", x),
    biases("decoder.bias", lesson.vocabulary.size),
  );
  const exponentials = logits.map(Math.exp);
  const total = exponentials.reduce((sum, value) => sum + value);
  return { layers, logits, probabilities: exponentials.map((value) => value / total) };
}
