/**
 * Token indices of a text, however long: blocks of the narrowest whole numbers that hold the vocabulary, one byte an index
 * for up to 256 tokens, two for up to 65,536, else four. No array is ever larger than a block.
 */

/** A run of token indices, in the narrowest whole numbers that hold them. */
export type TokenBlock = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** Indices in a block. */
const BLOCK = 1 << 20;

/** Token indices, one after another. */
export class TokenList {
  private constructor(
    private readonly blocks: readonly TokenBlock[],
    /** Where in the blocks this list begins. */
    private readonly offset: number,
    /** How many there are. */
    readonly length: number,
  ) {}

  /** A list of the given indices. */
  static from(tokens: Iterable<number>): TokenList {
    const builder = new TokenListBuilder();
    for (const token of tokens) builder.push(token);
    return builder.finish();
  }

  /** For TokenListBuilder alone. */
  static ofBlocks(blocks: readonly TokenBlock[], length: number): TokenList {
    return new TokenList(blocks, 0, length);
  }

  /** The index at `position`, which must be a whole number below the length. */
  at(position: number): number {
    const place = this.offset + position;
    return this.blocks[Math.floor(place / BLOCK)]![place % BLOCK]!;
  }

  /** Part of the list, without a copy. */
  slice(start: number, end = this.length): TokenList {
    return new TokenList(this.blocks, this.offset + start, Math.max(0, end - start));
  }

  /** What the whole text's blocks take. */
  get bytes(): number {
    return this.blocks.reduce((sum, block) => sum + block.byteLength, 0);
  }

  /** All indices, in views of the blocks. */
  *pieces(): Generator<TokenBlock, void, void> {
    for (let place = this.offset, end = place + this.length; place < end; ) {
      const start = place % BLOCK;
      const block = this.blocks[Math.floor(place / BLOCK)]!;
      const piece = block.subarray(start, Math.min(BLOCK, start + end - place)) as TokenBlock;
      yield piece;
      place += piece.length;
    }
  }

  /** All indices, one by one. */
  *[Symbol.iterator](): Generator<number, void, void> {
    for (let position = 0; position < this.length; position++) yield this.at(position);
  }
}

/** Makes a list from indices one by one. They may be renumbered at the end, when it is known which of them stay. */
export class TokenListBuilder {
  length = 0;
  private readonly blocks: TokenBlock[] = [];
  private current: TokenBlock = new Uint8Array(0);
  /** Of the current block: the largest index that it can hold. */
  private largest = -1;

  push(token: number): void {
    const place = this.length % BLOCK;
    if (place === 0) this.open(token);
    else if (token > this.largest) this.widen(token);
    this.current[place] = token;
    this.length++;
  }

  /**
   * Pushes numbers[unit] for the UTF-16 code units of a text from `start` on, and counts each, as far as they go in as they are: up to
   * one of a negative number, or a block's end. Returns where it stopped. One loop, without calls, since a short text is over before
   * an engine has made calls fast.
   */
  pushUnits(text: string, start: number, numbers: Int32Array, counts: number[]): number {
    const { current, largest } = this;
    let place = this.length % BLOCK;
    if (place === 0) return start; // the next block is not open yet
    let i = start;
    for (; i < text.length && place < BLOCK; i++, place++) {
      const number = numbers[text.charCodeAt(i)]!;
      if (number < 0 || number > largest) break;
      current[place] = number;
      counts[number]!++;
    }
    this.length += i - start;
    return i;
  }

  /** The list; with `renumber`, of renumber[index] for every index. Uses the builder up. */
  finish(renumber?: Uint32Array): TokenList {
    const last = this.blocks.length - 1;
    const kept = this.length - last * BLOCK;
    if (last >= 0 && kept < BLOCK) this.blocks[last] = this.blocks[last]!.slice(0, kept);
    if (renumber !== undefined) {
      const largest = renumber.reduce((a, b) => Math.max(a, b), 0);
      for (const [i, block] of this.blocks.entries()) {
        const target = bytesFor(largest) === block.BYTES_PER_ELEMENT ? block : blockFor(largest, block.length);
        for (let j = 0; j < block.length; j++) target[j] = renumber[block[j]!]!;
        this.blocks[i] = target; // block by block: never two whole copies
      }
    }
    return TokenList.ofBlocks(this.blocks, this.length);
  }

  private open(token: number): void {
    this.use(blockFor(Math.max(token, this.largest), BLOCK));
    this.blocks.push(this.current);
  }

  private widen(token: number): void {
    const wider = blockFor(token, BLOCK);
    wider.set(this.current);
    this.use(wider);
    this.blocks[this.blocks.length - 1] = wider;
  }

  private use(block: TokenBlock): void {
    this.current = block;
    this.largest = 2 ** (8 * block.BYTES_PER_ELEMENT) - 1;
  }
}

function bytesFor(largest: number): 1 | 2 | 4 {
  return largest < 0x100 ? 1 : largest < 0x10000 ? 2 : 4;
}

function blockFor(largest: number, length: number): TokenBlock {
  const bytes = bytesFor(largest);
  if (bytes === 1) return new Uint8Array(length);
  return bytes === 2 ? new Uint16Array(length) : new Uint32Array(length);
}
