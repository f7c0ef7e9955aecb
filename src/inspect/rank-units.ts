/**
 * Which units follow a property of the text, and how closely: by Pearson's correlation over the tokens,
 *
 *   r = Σ (a - ā)(p - p̄) / √(Σ (a - ā)² Σ (p - p̄)²)
 *
 * a being what a unit did and p the property (of one that is 0 or 1 it is the point-biserial correlation). One measure serves
 * properties that are switches and those that count; its sign tells the direction, and r² is the share of the unit's variance that
 * the property accounts for. The area under the ROC curve was the alternative: it knows only switches, and once the two sides
 * are apart it cannot tell a clean switch from a unit that varies as much for other reasons.
 */

import type { Activations } from "./activations.ts";
import { TEXT_PROPERTIES, type TextProperty, textProperty } from "./text-properties.ts";

/** A unit, and how closely it follows a property. */
export interface RankedUnit {
  readonly layer: number;
  /** The quantity's name: "hidden", "cell", "f" … */
  readonly quantity: string;
  readonly unit: number;
  /** From -1, through 0 where nothing is shared, to 1; 0 of a unit that never moves. */
  readonly correlation: number;
}

/** The units that follow a property most closely, the closest first. */
export interface PropertyRanking {
  readonly property: TextProperty;
  /** Tokens at which the property is not 0: where they are few, chance alone makes high correlations. */
  readonly support: number;
  /** None where the property is the same at every token. */
  readonly units: readonly RankedUnit[];
}

export interface RankOptions {
  /** All if left out. */
  readonly properties?: readonly TextProperty[];
  /** Names of the quantities to look at; all that were read if left out. */
  readonly quantities?: readonly string[];
  /** Units to name for each property; 10 if left out. */
  readonly count?: number;
}

/** The units that follow each property of the text that was read, by absolute correlation. */
export function rankUnits(activations: Activations, options: RankOptions = {}): PropertyRanking[] {
  const { properties = Object.keys(TEXT_PROPERTIES) as TextProperty[], count = 10 } = options;
  const { text, positions, units, layers } = activations;
  const names = activations.quantities
    .map(({ name }) => name)
    .filter((name) => options.quantities?.includes(name) ?? true);
  const matrices = layers.flatMap((values, layer) =>
    names.map((quantity) => ({ layer, quantity, standardized: standardize(values[quantity]!, units) })),
  );
  return properties.map((property) => {
    const byCodePoint = textProperty(text, property);
    const values = Float32Array.from(positions, (position) => byCodePoint[position]!);
    const support = values.reduce((sum, value) => sum + (value === 0 ? 0 : 1), 0);
    const { centred, scale } = standardize(values, 1);
    if (scale[0] === 0) return { property, support, units: [] };
    const ranked = matrices.flatMap(({ layer, quantity, standardized }) =>
      Array.from(products(standardized, centred, units), (product, unit) => ({
        layer,
        quantity,
        unit,
        correlation: product * scale[0]!,
      })),
    );
    ranked.sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation));
    return { property, support, units: ranked.slice(0, count) };
  });
}

/** Columns with their means taken off, and what makes each of them of length 1: 0 for one that is constant. */
interface Standardized {
  /** (rows, columns) */
  readonly centred: Float32Array;
  /** (columns) */
  readonly scale: Float64Array;
}

/** Below this share of a column's size a spread is float32's rounding: the column is constant. */
const SMALLEST_SPREAD = 1e-6;

/** Of values (rows, columns), row-major. Columns that hold a number that is not finite count as constant. */
function standardize(values: Float32Array, columns: number): Standardized {
  const rows = values.length / columns;
  const means = columnSums(values, columns).map((sum) => sum / rows);
  const centred = new Float32Array(values.length);
  const squares = new Float64Array(columns);
  for (let start = 0; start < values.length; start += columns) {
    for (let column = 0; column < columns; column++) {
      const difference = values[start + column]! - means[column]!;
      centred[start + column] = difference;
      squares[column] = squares[column]! + difference * difference;
    }
  }
  const scale = squares.map((sum, column) => {
    const spread = Math.sqrt(sum / rows);
    const moves = spread > SMALLEST_SPREAD * Math.abs(means[column]!) && Number.isFinite(spread);
    return moves ? 1 / Math.sqrt(sum) : 0;
  });
  return { centred, scale };
}

function columnSums(values: Float32Array, columns: number): Float64Array {
  const sums = new Float64Array(columns);
  for (let start = 0; start < values.length; start += columns) {
    for (let column = 0; column < columns; column++) sums[column] = sums[column]! + values[start + column]!;
  }
  return sums;
}

/** Each column's product with a vector (rows), the column being scaled to length 1. */
function products({ centred, scale }: Standardized, vector: Float32Array, columns: number): Float64Array {
  const sums = new Float64Array(columns);
  for (const [row, factor] of vector.entries()) {
    const start = row * columns;
    for (let column = 0; column < columns; column++) {
      sums[column] = sums[column]! + factor * centred[start + column]!;
    }
  }
  // 0 times what is not finite is not 0
  return sums.map((sum, column) => (scale[column] === 0 ? 0 : sum * scale[column]!));
}
