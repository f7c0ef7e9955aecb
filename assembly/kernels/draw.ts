/**
 * The first index at which the cumulative sum of weights[0 … count) exceeds `unit` of the whole, 0 < unit < 1; an index whose weight
 * is 0 is never drawn. Sums are in float64, in the order of the indices, as the host's own (src/core/draw.ts): both draw the same.
 */
export function drawIndex(weights: usize, count: i32, unit: f64): i32 {
  let total: f64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) total += <f64>load<f32>(weights + (i << 2));
  let left = unit * total;
  let last = 0;
  for (let i = 0; i < count; i++) {
    const weight = <f64>load<f32>(weights + ((<usize>i) << 2));
    if (weight == 0) continue;
    last = i;
    left -= weight;
    if (left < 0) break;
  }
  return last;
}
