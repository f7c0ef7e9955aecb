import {
  Activation,
  CONFIG_ACTIVATION,
  CONFIG_BATCH_SIZE,
  CONFIG_BIAS,
  CONFIG_CELL,
  CONFIG_EMBEDDING_SIZE,
  CONFIG_HIDDEN_SIZE,
  CONFIG_LAYERS,
  CONFIG_OPTIMIZER,
  CONFIG_SEQUENCE_LENGTH,
  CONFIG_THREADS,
  CONFIG_TIED,
  CONFIG_VOCABULARY_SIZE,
} from "../abi/constants.ts";

/** The host's configuration record, read once. Where nothing is trained, what only training reads is as small as can be. */
export class ModelOptions {
  readonly vocabularySize: i32;
  readonly hiddenSize: i32;
  readonly batchSize: i32;
  readonly sequenceLength: i32;
  readonly cell: i32;
  readonly optimizer: i32;
  readonly layers: i32;
  /** 0 for one-hot input. */
  readonly embeddingSize: i32;
  readonly activation: Activation;
  readonly bias: bool;
  readonly tied: bool;
  /** The most members of a team that works on the model. */
  readonly threads: i32;

  constructor(record: usize, training: bool) {
    this.vocabularySize = load<i32>(record, CONFIG_VOCABULARY_SIZE);
    this.hiddenSize = load<i32>(record, CONFIG_HIDDEN_SIZE);
    this.batchSize = training ? load<i32>(record, CONFIG_BATCH_SIZE) : 1;
    this.sequenceLength = training ? load<i32>(record, CONFIG_SEQUENCE_LENGTH) : 1;
    this.cell = load<i32>(record, CONFIG_CELL);
    this.optimizer = load<i32>(record, CONFIG_OPTIMIZER);
    this.layers = load<i32>(record, CONFIG_LAYERS);
    this.embeddingSize = load<i32>(record, CONFIG_EMBEDDING_SIZE);
    this.activation = <Activation>load<i32>(record, CONFIG_ACTIVATION);
    this.bias = load<i32>(record, CONFIG_BIAS) != 0;
    this.tied = load<i32>(record, CONFIG_TIED) != 0;
    this.threads = training ? load<i32>(record, CONFIG_THREADS) : 1;
  }
}
