/**
 * Seeded random numbers for the host: the streams of assembly/kernels/random.ts (Philox4x32-10), to the bit.
 *
 * A stream is named by a seed and a stream number; its i-th word depends on nothing else, so its whole state is the pair
 * (seed, index).
 */

/** Who draws from which stream of a seed. Parameter i is filled from stream i. */
export const RANDOM_STREAMS = {
  /** Samples drawn while training. */
  trainingSamples: 0x10000000,
  /** Samples drawn from a finished model. */
  samples: 0x10000001,
  /** The order of examples. */
  order: 0x10000002,
} as const;

/** Philox4x32-10 of the counter (c0, c1, c2, c3) under the key (k0, k1), into the first four elements of `result`. */
export function philox(
  result: Uint32Array,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
): void {
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(c0, 0xd2511f53);
    const high1 = multiplyHigh(c2, 0xcd9e8d57);
    const low0 = Math.imul(c0, 0xd2511f53);
    const low1 = Math.imul(c2, 0xcd9e8d57);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  result[0] = c0;
  result[1] = c1;
  result[2] = c2;
  result[3] = c3;
}

/** The upper 32 bits of the 64-bit product of two 32-bit numbers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}

/** The two 32-bit halves of a seed. */
export function splitSeed(seed: number): { low: number; high: number } {
  return { low: seed >>> 0, high: Math.floor(seed / 0x1_0000_0000) >>> 0 };
}

/**
 * A stream of random numbers, which its seed, its number and the words drawn so far determine (Philox4x32-10, Salmon et al.
 * 2011).
 */
export class RandomStream {
  /** How many words have been drawn; with seed and stream number, the whole state. */
  index = 0;
  private readonly words = new Uint32Array(4);
  private wordsOfBlock = -1;

  /** `seed` is a whole number from 0 to 2⁵³ - 1, `stream` one below 2³². */
  constructor(
    /** As it was given. */
    readonly seed: number,
    /** As it was given. */
    readonly stream: number,
  ) {}

  /** The next 32-bit word. */
  nextWord(): number {
    const block = Math.floor(this.index / 4);
    if (block !== this.wordsOfBlock) {
      const { low, high } = splitSeed(this.seed);
      philox(this.words, block >>> 0, Math.floor(block / 0x1_0000_0000), this.stream, 0, low, high);
      this.wordsOfBlock = block;
    }
    return this.words[this.index++ % 4] as number;
  }

  /** The next number strictly between 0 and 1: (word + ½) / 2³². */
  nextUnit(): number {
    return (this.nextWord() + 0.5) * 2.3283064365386963e-10;
  }
}
