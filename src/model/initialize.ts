import { normalQuantile } from "../../assembly/kernels/portable-math.ts";
import { RandomStream } from "../core/random.ts";
import { REFERENCE_CELLS } from "../reference/registry.ts";
import type { LanguageModel } from "./language-model.ts";

/**
 * Gives every parameter its first values, from the recipe and its seed: weight i of the engine's parameters from random
 * stream i, biases 0 but for an LSTM's forget gates. The same bits on every engine.
 */
export function initializeModel({ engine, recipe }: LanguageModel): void {
  const { initialization, hiddenSize, forgetBias, seed } = recipe;
  const parameters = engine.tensors.filter(({ role }) => role === "parameter");
  for (const [stream, { name, shape }] of parameters.entries()) {
    const count = shape.reduce((product, size) => product * size, 1);
    const values = new Float64Array(count);
    if (shape.length === 2) {
      const random = new RandomStream(seed, stream);
      const recurrent = name.startsWith("rnn.");
      const width = shape[1] as number;
      const { kind, gateMean = 0 } = initialization;
      let { scale } = initialization;
      if (kind === "fan") scale = 1 / Math.sqrt(width);
      if (kind === "pytorch") scale = 1 / Math.sqrt(recurrent ? hiddenSize : width);
      for (let i = 0; i < count; i++) {
        const unit = random.nextUnit();
        values[i] = scale * (kind === "normal" ? normalQuantile(unit) : 2 * unit - 1);
      }
      const gates = recurrent && gateMean !== 0 ? REFERENCE_CELLS[recipe.cell]!.sigmoidGates : [];
      const block = hiddenSize * width;
      for (const gate of gates)
        for (let i = gate * block; i < (gate + 1) * block; i++) values[i] = values[i]! + gateMean;
    } else if (recipe.cell === "lstm" && name.startsWith("rnn.bias_ih")) {
      values.fill(forgetBias, hiddenSize, 2 * hiddenSize); // gates i | f | g | o
    }
    engine.writeTensor(name, values);
  }
}
