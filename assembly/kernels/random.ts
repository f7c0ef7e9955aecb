/**
 * Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): a random function of a counter and a
 * key, so that element i of stream s is the same whoever asks for it, in whatever order. The key is the seed; the counter
 * holds the number of the block of four words (words 0 and 1) and the stream (word 2).
 */

import { normalQuantile } from "./portable-math.ts";

/** Writes four 32-bit words: Philox of the counter (c0, c1, c2, c3) under the key (k0, k1). */
export function philox(result: usize, c0: u32, c1: u32, c2: u32, c3: u32, k0: u32, k1: u32): void {
  for (let round = 0; round < 10; round++) {
    const product0 = <u64>c0 * 0xd2511f53;
    const product1 = <u64>c2 * 0xcd9e8d57;
    c0 = <u32>(product1 >> 32) ^ c1 ^ k0;
    c1 = <u32>product1;
    c2 = <u32>(product0 >> 32) ^ c3 ^ k1;
    c3 = <u32>product0;
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  store<u32>(result, c0);
  store<u32>(result, c1, 4);
  store<u32>(result, c2, 8);
  store<u32>(result, c3, 12);
}

/** A word as a number strictly between 0 and 1: (word + ½) / 2³². */
function openUnit(word: u32): f64 {
  return (<f64>word + 0.5) * 2.3283064365386963e-10;
}

/**
 * Fills a matrix (rows, columns), element (i, j) at address + 4·(i·rowStride + j·columnStride), with number i·columns + j of
 * the stream: normal with mean 0 and deviation `scale`, or uniform in [-scale, scale]. `words` is room for 16 bytes.
 */
export function fillRandom(
  address: usize,
  rows: i32,
  columns: i32,
  rowStride: i32,
  columnStride: i32,
  normal: bool,
  scale: f64,
  stream: u32,
  seedLow: u32,
  seedHigh: u32,
  words: usize,
): void {
  let index: u64 = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, index++) {
      const word = <usize>(index & 3);
      if (word == 0) {
        const block = index >> 2;
        philox(words, <u32>block, <u32>(block >> 32), stream, 0, seedLow, seedHigh);
      }
      const unit = openUnit(load<u32>(words + (word << 2)));
      const value = normal ? normalQuantile(unit) : 2.0 * unit - 1.0;
      store<f32>(address + ((<usize>(i * rowStride + j * columnStride)) << 2), <f32>(value * scale));
    }
  }
}
