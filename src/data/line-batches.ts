import { NO_TARGET } from "../core/engine.ts";
import { InvalidTypeError, InvalidValueError } from "../core/errors.ts";
import { RANDOM_STREAMS, RandomStream } from "../core/random.ts";
import type { Chunk, ChunkSource, Cursor } from "./chunk-source.ts";
import type { TokenizedText } from "./corpus.ts";

/**
 * A text with an example a line: N lines at a time, side by side, each from a reset state. A chunk is as long as the longest of
 * its lines; the others' rows end in NO_TARGET. Lines longer than T go on in further chunks, with the state carried. The last
 * batch of a pass may have empty rows.
 */
export class LineBatches implements ChunkSource {
  private readonly starts: Float64Array;
  private readonly lines: number;
  private passes = 0;
  /** Lines of this pass that have been read to their end. */
  private line = 0;
  /** Time steps of the lines that are being read. */
  private offset = 0;
  /** The order of a pass, and which one it is of. */
  private readonly order: Uint32Array;
  private orderOf = -1;
  private readonly inputs: Uint32Array;
  private readonly targets: Uint32Array;

  /** With a seed the lines of every pass come in an order of its own, otherwise in the text's. */
  constructor(
    private readonly text: TokenizedText,
    readonly sequenceLength: number,
    readonly batchSize: number,
    private readonly seed?: number,
  ) {
    if (text.starts === undefined) throw new InvalidTypeError("text: expected lines, got a continuous stream");
    this.starts = text.starts;
    this.lines = text.starts.length - 1;
    this.order = new Uint32Array(seed === undefined ? 0 : this.lines);
    this.inputs = new Uint32Array(sequenceLength * batchSize);
    this.targets = new Uint32Array(sequenceLength * batchSize);
  }

  next(): Chunk {
    const { sequenceLength, batchSize, inputs, targets, offset, starts } = this;
    const { tokens } = this.text;
    const rows = this.rows;
    const longest = this.longestRow();
    const timeSteps = Math.min(sequenceLength, longest - offset);
    const size = timeSteps * batchSize;
    inputs.fill(0, 0, size);
    targets.fill(NO_TARGET, 0, size);
    let count = 0;
    for (let row = 0; row < rows; row++) {
      const line = this.lineAt(row);
      const first = starts[line]! + offset;
      const steps = Math.min(timeSteps, this.lengthOf(line) - offset);
      for (let t = 0; t < steps; t++) {
        inputs[t * batchSize + row] = tokens.at(first + t);
        targets[t * batchSize + row] = tokens.at(first + t + 1);
      }
      count += Math.max(0, steps);
    }
    this.advance(timeSteps, longest);
    return { tokens: inputs.subarray(0, size), targets: targets.subarray(0, size), count, first: offset === 0 };
  }

  /** Of a row that has ended while others go on: how its line began. */
  peek(): { token: number; first: boolean } {
    const line = this.lineAt(0);
    const offset = this.offset < this.lengthOf(line) ? this.offset : 0;
    return { token: this.text.tokens.at(this.starts[line]! + offset), first: offset === 0 };
  }

  get epoch(): number {
    return this.passes + this.line / this.lines;
  }

  get cursor(): Cursor {
    return { passes: this.passes, position: this.line, offset: this.offset };
  }

  set cursor({ passes, position, offset }: Cursor) {
    const before = this.cursor;
    this.passes = passes;
    this.line = position;
    this.offset = offset;
    if (position < this.lines && (offset === 0 || offset < this.longestRow())) return;
    this.cursor = before;
    throw new InvalidValueError(`cursor: expected one within ${this.lines} lines, got ${position}, ${offset}`);
  }

  private advance(timeSteps: number, longest: number): void {
    this.offset += timeSteps;
    if (this.offset < longest) return;
    this.offset = 0;
    this.line += this.batchSize;
    if (this.line < this.lines) return;
    this.line = 0;
    this.passes++;
  }

  /** Rows of the present batch that have a line. */
  private get rows(): number {
    return Math.min(this.batchSize, this.lines - this.line);
  }

  /** Time steps of the longest line of the present batch. */
  private longestRow(): number {
    let longest = 0;
    for (let row = 0; row < this.rows; row++) longest = Math.max(longest, this.lengthOf(this.lineAt(row)));
    return longest;
  }

  private lengthOf(line: number): number {
    return this.starts[line + 1]! - this.starts[line]!;
  }

  /** The line that stands in a row of the present batch. */
  private lineAt(row: number): number {
    const place = this.line + row;
    if (this.seed === undefined) return place;
    if (this.orderOf !== this.passes) this.shuffle(this.seed);
    return this.order[place]!;
  }

  /** Fisher and Yates's shuffle, from words of the pass's own: no pass depends on those before it. */
  private shuffle(seed: number): void {
    const random = new RandomStream(seed, RANDOM_STREAMS.order);
    random.index = this.passes * this.lines;
    for (let i = 0; i < this.lines; i++) this.order[i] = i;
    for (let last = this.lines - 1; last > 0; last--) {
      const other = Math.floor(random.nextUnit() * (last + 1));
      const line = this.order[last]!;
      this.order[last] = this.order[other]!;
      this.order[other] = line;
    }
    this.orderOf = this.passes;
  }
}

/** Time steps of the longest line. */
export function longestLine({ starts }: TokenizedText): number {
  let longest = 0;
  for (let i = 1; starts !== undefined && i < starts.length; i++)
    longest = Math.max(longest, starts[i]! - starts[i - 1]!);
  return longest;
}
