import type { Engine } from "../core/engine.ts";

/**
 * The mean loss of an engine over tokens, in nats per token, without dropout: the tokens are cut into as many contiguous slices
 * as the batch has rows, each read from a zero state (up to batchSize - 1 tokens at the end are left out). The engine's carried
 * state is put back afterwards. Needs at least batchSize + 1 tokens.
 */
export function meanLoss(engine: Engine, tokens: Uint32Array): number {
  const { batchSize, sequenceLength } = engine.config;
  const rowLength = Math.floor((tokens.length - 1) / batchSize);
  const carried = engine.tensors
    .filter(({ role }) => role === "state")
    .map(({ name }) => [name, engine.readTensor(name)] as const);
  engine.resetState();
  let nats = 0;
  for (let start = 0; start < rowLength; start += sequenceLength) {
    const timeSteps = Math.min(sequenceLength, rowLength - start);
    const inputs = new Uint32Array(timeSteps * batchSize);
    const targets = new Uint32Array(timeSteps * batchSize);
    for (let i = 0; i < inputs.length; i++) {
      const source = (i % batchSize) * rowLength + start + Math.floor(i / batchSize);
      inputs[i] = tokens[source]!;
      targets[i] = tokens[source + 1]!;
    }
    nats += engine.evaluate(inputs, targets);
  }
  for (const [name, values] of carried) engine.writeTensor(name, values);
  return nats / (rowLength * batchSize);
}
