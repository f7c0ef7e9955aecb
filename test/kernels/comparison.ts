/** Claims about whole arrays, which fail with the first element that breaks them. */

import { assert, vi } from "vitest";

/** Computed values and how to speak of them; an Operand is one. */
export interface Computed {
  readonly name: string;
  readonly values: ArrayLike<number>;
  readonly columns?: number;
}

/** Each |got - expected| ≤ tolerance; NaN where NaN is expected, and nowhere else. */
export const expectWithin = vi.defineHelper(
  (
    got: Computed,
    expected: ArrayLike<number>,
    tolerance: number | ((index: number) => number),
    circumstance?: (index: number) => string,
  ): void => {
    const toleranceAt = typeof tolerance === "number" ? () => tolerance : tolerance;
    const isWithin = (a: number, b: number, i: number) =>
      Object.is(a, b) || a === b || Math.abs(a - b) <= toleranceAt(i);
    compare(got, expected, isWithin, (i) => String(toleranceAt(i)), circumstance);
  },
);

/** Each got the same number as expected, -0 apart from +0; one NaN is as good as another. */
export const expectIdentical = vi.defineHelper(
  (got: Computed, expected: ArrayLike<number>, circumstance?: (index: number) => string): void => {
    compare(got, expected, Object.is, () => "0", circumstance);
  },
);

function compare(
  { name, values, columns }: Computed,
  expected: ArrayLike<number>,
  isSame: (got: number, expected: number, index: number) => boolean,
  toleranceAt: (index: number) => string,
  circumstance?: (index: number) => string,
): void {
  if (values.length !== expected.length) {
    assert.fail(`${name}: expected ${expected.length} elements, got ${values.length}`);
  }
  for (let i = 0; i < expected.length; i++) {
    if (isSame(values[i]!, expected[i]!, i)) continue;
    const index =
      columns === undefined || columns === values.length ? `[${i}]` : `[${Math.floor(i / columns)}][${i % columns}]`;
    const where = circumstance === undefined ? index : `${index} (${circumstance(i)})`;
    const wanted = `expected ${numberText(expected[i]!)}, got ${numberText(values[i]!)}`;
    assert.fail(`${name} at ${where}: ${wanted}, tolerance ${toleranceAt(i)}`);
  }
}

/** A number as it is, -0 told from 0. */
export function numberText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
