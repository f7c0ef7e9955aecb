/**
 * The text as one continuous stream of chunks. It is cut into N contiguous slices, one a batch row, that are read side by side:
 * T tokens of each and, one further, their T targets; then the next T. When fewer than T + 1 tokens follow, all rows start
 * again at the beginning of their slices, and the carried state is to be reset. With one row this is min-char-rnn's stream.
 */
export class ChunkStream {
  /** Where in its slice each row's next chunk begins. */
  position = 0;
  /** Tokens from the start of one row's slice to that of the next. */
  readonly rowLength: number;
  /** Whole passes over the text so far. */
  passes = 0;
  private readonly inputs: Uint32Array;
  private readonly targets: Uint32Array;

  /** Needs at least batchSize · sequenceLength + 1 tokens. */
  constructor(
    readonly tokens: Uint32Array,
    readonly sequenceLength: number,
    readonly batchSize = 1,
  ) {
    const needed = batchSize * sequenceLength + 1;
    if (tokens.length < needed) {
      throw new RangeError(`text: expected at least ${needed} tokens, got ${tokens.length}`);
    }
    this.rowLength = Math.floor((tokens.length - 1) / batchSize);
    this.inputs = new Uint32Array(sequenceLength * batchSize);
    this.targets = new Uint32Array(sequenceLength * batchSize);
  }

  /**
   * The next chunk: tokens and targets (T, N), time-major, valid until the next call. `first` says that it is the first of a
   * pass over the text.
   */
  next(): { tokens: Uint32Array; targets: Uint32Array; first: boolean } {
    const { tokens, sequenceLength, batchSize, rowLength, inputs, targets } = this;
    if (this.atStart) {
      if (this.position > 0) this.passes++;
      this.position = 0;
    }
    const start = this.position;
    this.position += sequenceLength;
    for (let t = 0; t < sequenceLength; t++) {
      for (let row = 0; row < batchSize; row++) {
        const source = row * rowLength + start + t;
        inputs[t * batchSize + row] = tokens[source]!;
        targets[t * batchSize + row] = tokens[source + 1]!;
      }
    }
    return { tokens: inputs, targets, first: start === 0 };
  }

  /** Whether the next chunk is the first of a pass. */
  get atStart(): boolean {
    return this.position === 0 || this.position + this.sequenceLength >= this.rowLength;
  }

  /** The first token of the next chunk's first row. */
  peek(): number {
    return this.tokens[this.atStart ? 0 : this.position] as number;
  }

  /** Passes over the text so far, as a fraction. */
  get epoch(): number {
    return this.passes + this.position / (this.rowLength + 1);
  }
}
