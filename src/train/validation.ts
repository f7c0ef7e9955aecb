import type { Engine } from "../core/engine.ts";
import type { TokenizedText } from "../data/corpus.ts";
import { LineBatches, longestLine } from "../data/line-batches.ts";

/**
 * The mean loss of an engine over all of a text, in nats per token, without dropout. A stream is cut into as many contiguous
 * slices as the batch has rows, each read from a zero state (up to batchSize - 1 tokens at the end are left out); of lines
 * each is read from a zero state. The engine's carried state is put back afterwards. A stream needs at least batchSize + 1
 * tokens.
 */
export function meanLoss(engine: Engine, text: TokenizedText): number {
  const carried = engine.tensors
    .filter(({ role }) => role === "state")
    .map(({ name }) => [name, engine.readTensor(name)] as const);
  const mean = text.starts === undefined ? meanOverStream(engine, text) : meanOverLines(engine, text);
  for (const [name, values] of carried) engine.writeTensor(name, values);
  return mean;
}

function meanOverStream(engine: Engine, { tokens }: TokenizedText): number {
  const { batchSize, sequenceLength } = engine.config;
  const rowLength = Math.floor((tokens.length - 1) / batchSize);
  engine.resetState();
  let nats = 0;
  for (let start = 0; start < rowLength; start += sequenceLength) {
    const timeSteps = Math.min(sequenceLength, rowLength - start);
    const inputs = new Uint32Array(timeSteps * batchSize);
    const targets = new Uint32Array(timeSteps * batchSize);
    for (let i = 0; i < inputs.length; i++) {
      const source = (i % batchSize) * rowLength + start + Math.floor(i / batchSize);
      inputs[i] = tokens.at(source);
      targets[i] = tokens.at(source + 1);
    }
    nats += engine.evaluate(inputs, targets);
  }
  return nats / (rowLength * batchSize);
}

function meanOverLines(engine: Engine, text: TokenizedText): number {
  const { batchSize, sequenceLength } = engine.config;
  const batches = new LineBatches(text, Math.min(sequenceLength, longestLine(text)), batchSize);
  let nats = 0;
  while (batches.cursor.passes === 0) {
    const { tokens, targets, first } = batches.next();
    if (first) engine.resetState();
    nats += engine.evaluate(tokens, targets);
  }
  return nats / text.targets;
}
