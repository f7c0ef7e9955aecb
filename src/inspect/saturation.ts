/**
 * How often units stand at the end of their range, where they let through all or nothing and hardly learn (Karpathy, Johnson and
 * Fei-Fei 2015, arXiv:1506.02078, section 4.2): a gate is left-saturated below 0.1 and right-saturated above 0.9. The same is
 * asked of what lies between -1 and 1, below -0.9 and above 0.9.
 */

import type { Activations } from "./activations.ts";
import type { CellQuantity } from "./cell-quantities.ts";

/** One quantity of one layer. */
export interface Saturation {
  readonly layer: number;
  readonly quantity: CellQuantity;
  /** Of each unit (H), the share of tokens at which it is near its lower bound. */
  readonly low: Float32Array;
  /** Of each unit (H), the share of tokens at which it is near its upper bound. */
  readonly high: Float32Array;
  /** Values of all units and tokens in 20 bins of equal width, from the lower bound to the upper. */
  readonly histogram: Uint32Array;
}

const BINS = 20;

/** Where a range ends, and where saturation begins. */
const LIMITS = {
  gate: { least: 0, low: 0.1, high: 0.9, most: 1 },
  signed: { least: -1, low: -0.9, high: 0.9, most: 1 },
} as const;

/** The saturation of every quantity that has bounds, layer by layer. */
export function saturation({ layers, quantities, units }: Activations): Saturation[] {
  return layers.flatMap((values, layer) =>
    quantities.flatMap((quantity) =>
      quantity.range === "unbounded"
        ? []
        : [{ layer, quantity, ...saturated(values[quantity.name]!, units, LIMITS[quantity.range]) }],
    ),
  );
}

/** Of values (tokens, units). */
function saturated(
  values: Float32Array,
  units: number,
  { least, low, high, most }: (typeof LIMITS)[keyof typeof LIMITS],
): Pick<Saturation, "low" | "high" | "histogram"> {
  const tokens = values.length / units;
  const below = new Float32Array(units);
  const above = new Float32Array(units);
  const histogram = new Uint32Array(BINS);
  const binsPerOne = BINS / (most - least);
  for (let start = 0; start < values.length; start += units) {
    for (let unit = 0; unit < units; unit++) {
      const value = values[start + unit]!;
      if (value < low) below[unit] = below[unit]! + 1;
      else if (value > high) above[unit] = above[unit]! + 1;
      const bin = Math.min(BINS - 1, Math.floor((value - least) * binsPerOne));
      // a model that has diverged has values that are no numbers, and no bin
      if (bin >= 0) histogram[bin] = histogram[bin]! + 1;
    }
  }
  return { low: below.map((count) => count / tokens), high: above.map((count) => count / tokens), histogram };
}
