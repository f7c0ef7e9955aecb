import { InvalidValueError } from "../core/errors.ts";
import type { Chunk, ChunkSource, Cursor } from "./chunk-source.ts";
import type { TokenList } from "./token-list.ts";

/**
 * A text as one continuous stream of chunks. It is cut into N contiguous slices, one a batch row, that are read side by side:
 * T tokens of each and, one further, their T targets; then the next T. When fewer than T + 1 tokens follow, all rows start
 * again at the beginning of their slices, and the carried state is to be reset. With one row this is min-char-rnn's stream,
 * which also starts again when exactly T + 1 follow.
 */
export class ChunkStream implements ChunkSource {
  /** Tokens from the start of one row's slice to that of the next. */
  readonly rowLength: number;
  private passes = 0;
  /** Where in its slice each row's next chunk begins. */
  private position = 0;
  private readonly inputs: Uint32Array;
  private readonly targets: Uint32Array;

  /** Needs at least batchSize · sequenceLength + 1 tokens. */
  constructor(
    readonly tokens: TokenList,
    readonly sequenceLength: number,
    readonly batchSize = 1,
  ) {
    const needed = batchSize * sequenceLength + 1;
    if (tokens.length < needed) {
      throw new InvalidValueError(`text: expected at least ${needed} tokens, got ${tokens.length}`);
    }
    this.rowLength = Math.floor((tokens.length - 1) / batchSize);
    this.inputs = new Uint32Array(sequenceLength * batchSize);
    this.targets = new Uint32Array(sequenceLength * batchSize);
  }

  next(): Chunk {
    const { tokens, sequenceLength, batchSize, rowLength, inputs, targets } = this;
    const start = this.position;
    for (let t = 0; t < sequenceLength; t++) {
      for (let row = 0; row < batchSize; row++) {
        const source = row * rowLength + start + t;
        inputs[t * batchSize + row] = tokens.at(source);
        targets[t * batchSize + row] = tokens.at(source + 1);
      }
    }
    this.position += sequenceLength;
    const left = rowLength - this.position;
    if (left < sequenceLength || (left === sequenceLength && batchSize === 1)) {
      this.position = 0;
      this.passes++;
    }
    return { tokens: inputs, targets, count: inputs.length, first: start === 0 };
  }

  peek(): { token: number; first: boolean } {
    return { token: this.tokens.at(this.position), first: this.position === 0 };
  }

  get epoch(): number {
    return this.passes + this.position / (this.rowLength + 1);
  }

  get cursor(): Cursor {
    return { passes: this.passes, position: this.position, offset: 0 };
  }

  set cursor({ passes, position, offset }: Cursor) {
    if (position + this.sequenceLength > this.rowLength || offset !== 0) {
      throw new InvalidValueError(
        `cursor: expected one within rows of ${this.rowLength} tokens, got ${position}, ${offset}`,
      );
    }
    this.passes = passes;
    this.position = position;
  }
}
