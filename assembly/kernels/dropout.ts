/**
 * Inverted dropout (Srivastava et al. 2014): each element is dropped with probability p, the others are divided by 1 - p, so
 * that evaluation needs no scaling. Element i is dropped where word i of a Philox stream is below p·2³²: the mask is a
 * function of its number, and the backward pass asks for it again instead of keeping it.
 */

import { philox } from "./random.ts";

/**
 * x[i] becomes 0 or x[i] / (1 - p), for i from `first` to before `end`. The mask is that of the step and layer named by the
 * counter words and the seed; 0 < p < 1. `words` is room for 16 bytes.
 */
export function dropout(
  x: usize,
  first: i32,
  end: i32,
  p: f32,
  layer: u32,
  stepLow: u32,
  stepHigh: u32,
  seedLow: u32,
  seedHigh: u32,
  words: usize,
): void {
  const threshold = <u32>(<f64>p * 4294967296.0);
  const kept: f32 = 1 / (1 - p);
  // the stream: all layers and steps have counters of their own, apart from those of the parameters, whose third word is small
  const stream = 0x40000000 | layer;
  for (let i = first; i < end; i++) {
    const word = <usize>(i & 3);
    if (word == 0 || i == first) philox(words, <u32>i >> 2, stepLow, stream, stepHigh, seedLow, seedHigh);
    const dropped = load<u32>(words + (word << 2)) < threshold;
    const at = x + ((<usize>i) << 2);
    store<f32>(at, dropped ? 0 : load<f32>(at) * kept);
  }
}
