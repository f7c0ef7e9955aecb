/** Models of growing sizes: what is measured, one size after another. */

import { type EngineConfig, PLAIN_MODEL } from "../../src/core/engine.ts";

export interface Series {
  readonly title: string;
  /** Head of the column of sizes. */
  readonly size: string;
  readonly configs: readonly { readonly label: string; readonly config: EngineConfig }[];
}

const MIN_CHAR_RNN: EngineConfig = {
  ...PLAIN_MODEL,
  cell: "rnn",
  optimizer: "adagrad",
  vocabularySize: 65,
  hiddenSize: 100,
  batchSize: 1,
  sequenceLength: 25,
};
const LSTM: EngineConfig = { ...MIN_CHAR_RNN, cell: "lstm", optimizer: "adam", hiddenSize: 128, sequenceLength: 32 };
const BATCH = 32;

/** `quick`: the smaller sizes alone. */
export function createSeries(quick: boolean): Series[] {
  const sizes = quick ? [64, 128] : [64, 128, 256, 512, 1024];
  const grow = (
    title: string,
    size: "hiddenSize" | "batchSize" | "sequenceLength" | "layers",
    head: string,
    values: readonly number[],
    base: EngineConfig,
  ): Series => ({
    title,
    size: head,
    configs: values.map((value) => ({ label: value.toLocaleString("en-US"), config: { ...base, [size]: value } })),
  });
  return [
    grow("Hidden units: tanh, batch 1, sequences of 25", "hiddenSize", "H", sizes, MIN_CHAR_RNN),
    grow(`Hidden units: LSTM, batches of ${BATCH} × 32`, "hiddenSize", "H", sizes, { ...LSTM, batchSize: BATCH }),
    grow(
      "Batch rows: LSTM of 128, sequences of 32",
      "batchSize",
      "rows",
      quick ? [1, 8] : [1, 2, 4, 8, 16, 32, 64],
      LSTM,
    ),
    grow(
      "Sequence length: tanh of 100, batch 1",
      "sequenceLength",
      "T",
      quick ? [10, 50] : [10, 25, 50, 100, 200],
      MIN_CHAR_RNN,
    ),
    grow(`Layers: LSTM of 128, batches of ${BATCH} × 32`, "layers", "layers", quick ? [2] : [1, 2, 3], {
      ...LSTM,
      batchSize: BATCH,
    }),
  ];
}
