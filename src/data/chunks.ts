/**
 * The text as one continuous stream of chunks, as min-char-rnn reads it: T tokens and, one further, their T targets; then the
 * next T. When fewer than T + 1 tokens follow, it starts again at the beginning, and the carried state is to be reset.
 */
export class ChunkStream {
  /** Where the next chunk begins. */
  position = 0;
  private passes = 0;

  /** Needs at least sequenceLength + 1 tokens. */
  constructor(
    readonly tokens: Uint32Array,
    readonly sequenceLength: number,
  ) {
    if (tokens.length < sequenceLength + 1) {
      throw new RangeError(`text: expected at least ${sequenceLength + 1} tokens, got ${tokens.length}`);
    }
  }

  /** The next chunk. `first` says that it is the first of a pass over the text. The arrays are views of the text. */
  next(): { tokens: Uint32Array; targets: Uint32Array; first: boolean } {
    const { tokens, sequenceLength } = this;
    if (this.atStart) {
      if (this.position > 0) this.passes++;
      this.position = 0;
    }
    const start = this.position;
    this.position += sequenceLength;
    return {
      tokens: tokens.subarray(start, start + sequenceLength),
      targets: tokens.subarray(start + 1, start + sequenceLength + 1),
      first: start === 0,
    };
  }

  /** Whether the next chunk is the first of a pass. */
  get atStart(): boolean {
    return this.position === 0 || this.position + this.sequenceLength + 1 >= this.tokens.length;
  }

  /** The first token of the next chunk. */
  peek(): number {
    return this.tokens[this.atStart ? 0 : this.position] as number;
  }

  /** Passes over the text so far, as a fraction. */
  get epoch(): number {
    return this.passes + this.position / this.tokens.length;
  }
}
