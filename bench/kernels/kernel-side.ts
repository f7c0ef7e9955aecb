/** One side of a case, on numbers of its own. */
export interface KernelSide {
  /** Many calls at once, so that neither the clock nor the call of a closure counts. */
  repeat(calls: number): void;
  /** A copy of what the calls so far have written. */
  result(): Float32Array;
}
