/** How the length of a text counts: what its indices take, and how fast chunks of it are read and trained on. */

import { PLAIN_MODEL } from "../../src/core/engine.ts";
import { ChunkStream } from "../../src/data/chunk-stream.ts";
import { type TokenList, TokenListBuilder } from "../../src/data/token-list.ts";
import { openEngine } from "../open-engine.ts";
import { secondsPerCall } from "./measure.ts";

export interface TextLengthReport {
  readonly tokens: number;
  /** What the list of indices takes. */
  readonly bytes: number;
  readonly secondsToBuild: number;
  /** Of reading chunks alone, 50 rows that lie far apart. */
  readonly secondsToReadToken: number;
  /** Of training min-char-rnn from the middle of the text on. */
  readonly secondsToTrainToken: number;
}

const VOCABULARY = 65;
const ROWS = 50;
const SEQUENCE = 25;

export async function measureTextLength(tokens: number, roundSeconds: number): Promise<TextLengthReport> {
  const start = performance.now();
  const list = syntheticTokens(tokens);
  const secondsToBuild = (performance.now() - start) / 1000;
  const rows = new ChunkStream(list, SEQUENCE, ROWS);
  const secondsToReadToken = secondsPerCall(() => rows.next(), roundSeconds) / (SEQUENCE * ROWS);

  const config = {
    ...PLAIN_MODEL,
    cell: "rnn",
    optimizer: "adagrad",
    vocabularySize: VOCABULARY,
    hiddenSize: 100,
    batchSize: 1,
    sequenceLength: SEQUENCE,
  };
  const engine = await openEngine(config, "strict", 1);
  engine.initializeParameters({ kind: "normal", scale: 0.01 }, 1);
  const stream = new ChunkStream(list, SEQUENCE);
  stream.cursor = { passes: 0, position: Math.floor(tokens / 2 / SEQUENCE) * SEQUENCE, offset: 0 };
  const step = () => {
    const chunk = stream.next();
    engine.trainStep(chunk.tokens, chunk.targets, { learningRate: 0.1, clipValue: 5 });
  };
  secondsPerCall(step, roundSeconds);
  const secondsToTrainToken = secondsPerCall(step, roundSeconds) / SEQUENCE;
  return { tokens, bytes: list.bytes, secondsToBuild, secondsToReadToken, secondsToTrainToken };
}

/** Indices from a linear congruential generator: as a text they make no sense, and they cost little to make. */
function syntheticTokens(count: number): TokenList {
  const builder = new TokenListBuilder();
  let state = 1;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    builder.push((state >>> 24) % VOCABULARY);
  }
  return builder.finish();
}
