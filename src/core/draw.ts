/**
 * The first index at which the cumulative sum of `weights` exceeds `unit` of the whole, 0 < unit < 1; an index whose weight is 0 is
 * never drawn. assembly/kernels/draw.ts is the same, to the bit.
 */
export function drawIndex(weights: ArrayLike<number>, unit: number): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i] as number;
  let left = unit * total;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue;
    last = i;
    left -= weights[i] as number;
    if (left < 0) break;
  }
  return last;
}
