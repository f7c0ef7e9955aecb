import { normalQuantile } from "../../assembly/kernels/portable-math.ts";
import { RandomStream } from "../core/random.ts";
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
      const fan = name.startsWith("rnn.") ? hiddenSize : (shape[1] as number);
      const scale = initialization.kind === "fan" ? 1 / Math.sqrt(fan) : initialization.scale;
      for (let i = 0; i < count; i++) {
        const unit = random.nextUnit();
        values[i] = scale * (initialization.kind === "normal" ? normalQuantile(unit) : 2 * unit - 1);
      }
    } else if (recipe.cell === "lstm" && name.startsWith("rnn.bias_ih")) {
      values.fill(forgetBias, hiddenSize, 2 * hiddenSize); // gates i | f | g | o
    }
    engine.writeTensor(name, values);
  }
}
