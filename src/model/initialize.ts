import { normalQuantile } from "../../assembly/kernels/portable-math.ts";
import { RandomStream } from "../core/random.ts";
import { REFERENCE_CELLS } from "../reference/registry.ts";
import type { LanguageModel } from "./language-model.ts";
import type { Recipe } from "./recipe.ts";

/**
 * Gives every parameter its first values, from the recipe and its seed: weight i of the engine's parameters from random
 * stream i, biases 0 but for an LSTM's forget gates. The same bits on every engine.
 */
export function initializeModel({ engine, recipe }: LanguageModel): void {
  const { hiddenSize, forgetBias, seed } = recipe;
  const { kind, scale, gateMean = 0 } = recipe.initialization;
  const parameters = engine.tensors.filter(({ role }) => role === "parameter");
  if ((kind === "normal" || kind === "uniform") && gateMean === 0) {
    // one distribution for all: the engine fills them itself, normal ones twice, uniform ones five times as fast
    engine.initializeParameters({ kind, scale }, seed);
  } else {
    for (const [stream, { name, shape }] of parameters.entries()) {
      const [rows, columns] = shape as [number, number?];
      const values = columns === undefined ? new Float64Array(rows) : weight(recipe, name, [rows, columns], stream);
      engine.writeTensor(name, values);
    }
  }
  if (recipe.cell !== "lstm" || forgetBias === 0) return;
  for (const { name, shape } of parameters) {
    if (!name.startsWith("rnn.bias_ih")) continue;
    const values = new Float64Array(shape[0] as number).fill(forgetBias, hiddenSize, 2 * hiddenSize); // gates i | f | g | o
    engine.writeTensor(name, values);
  }
}

/** The first values of a weight, of a distribution of its own. */
function weight(recipe: Recipe, name: string, [rows, columns]: [number, number], stream: number): Float64Array {
  const { initialization, hiddenSize, seed } = recipe;
  const { kind, gateMean = 0 } = initialization;
  const recurrent = name.startsWith("rnn.");
  let { scale } = initialization;
  if (kind === "fan") scale = 1 / Math.sqrt(columns);
  if (kind === "pytorch") scale = 1 / Math.sqrt(recurrent ? hiddenSize : columns);
  const random = new RandomStream(seed, stream);
  const values = new Float64Array(rows * columns);
  for (let i = 0; i < values.length; i++) {
    const unit = random.nextUnit();
    values[i] = scale * (kind === "normal" ? normalQuantile(unit) : 2 * unit - 1);
  }
  const gates = recurrent && gateMean !== 0 ? REFERENCE_CELLS[recipe.cell]!.sigmoidGates : [];
  const block = hiddenSize * columns;
  for (const gate of gates) for (let i = gate * block; i < (gate + 1) * block; i++) values[i] = values[i]! + gateMean;
  return values;
}
