import { describe, test } from "vitest";
import { expectIdentical, expectWithin } from "./comparison.ts";
import { UNIT_ROUNDOFF } from "./float32.ts";
import { randomFloats } from "./inputs.ts";
import {
  clearRoom,
  expectOnlyWritten,
  kernels,
  type Operand,
  place,
  placeMatrix,
  placeResultMatrix,
} from "./kernel-module.ts";

// tiles of two rows, and a single row beside them
const ROW_COUNTS = [1, 2, 3, 4, 5, 6, 7, 8, 9];
// tiles of 20 columns, of single rows 40, and each width of the last one
const COLUMN_COUNTS = [...Array.from({ length: 21 }, (_, i) => i + 1), 37, 40, 41, 60, 65, 100];
const STEP_COUNTS = [0, 1, 2, 3, 5, 8, 25, 100];

/** A (m, k), B (k, n) and the initial C (m, n), row-major and dense. */
interface Factors {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly c: Float32Array;
}

interface Form {
  readonly isTransposed: boolean;
  readonly accumulate: boolean;
}

const FORMS: Form[] = [
  { isTransposed: false, accumulate: false },
  { isTransposed: false, accumulate: true },
  { isTransposed: true, accumulate: false },
  { isTransposed: true, accumulate: true },
];

for (const form of FORMS) {
  describe(`matmul ${form.isTransposed ? "Aᵀ·B" : "A·B"}, ${form.accumulate ? "on top of C" : "in place of C"}`, () => {
    for (const m of ROW_COUNTS) {
      test(`${m} rows, any columns and steps: within rounding of float64, in the bits of a plain loop over k`, () => {
        for (const n of COLUMN_COUNTS) {
          for (const k of STEP_COUNTS) {
            const factors = randomFactors(m, n, k);
            const c = product(factors, form);
            const { exact, magnitude } = productInFloat64(factors, form.accumulate);
            expectWithin(c, exact, (i) => (k + 1) * UNIT_ROUNDOFF * magnitude[i]!);
            expectIdentical(c, productInOrder(factors, form.accumulate));
          }
        }
      });
    }

    test("a row computed alone has the bits that it has in a batch", () => {
      for (const n of COLUMN_COUNTS) {
        const factors = randomFactors(9, n, 25);
        const batch = product(factors, form).values;
        for (let row = 0; row < factors.m; row++) {
          const a = factors.a.subarray(row * factors.k, (row + 1) * factors.k);
          const c = factors.c.subarray(row * n, (row + 1) * n);
          const alone = product({ ...factors, m: 1, a, c }, form);
          expectIdentical(alone, batch.subarray(row * n, (row + 1) * n));
        }
      }
    });

    test("a sum cut anywhere in k and gone on with has the bits of the whole", () => {
      const factors = randomFactors(7, 45, 11);
      const whole = product(factors, form).values;
      for (let cut = 0; cut <= factors.k; cut++) {
        const first = product(steps(factors, 0, cut), form);
        const both = product({ ...steps(factors, cut, factors.k), c: first.values }, { ...form, accumulate: true });
        expectIdentical(both, whole);
      }
    });

    test("NaN goes to its own row from A, to its own column from B, and nowhere else", () => {
      for (const [m, n] of [
        [9, 45],
        [6, 7],
      ] as const) {
        const finite = randomFactors(m, n, 3);
        const expected = productInOrder(finite, form.accumulate);
        for (let row = 0; row < m; row++) {
          const a = withElement(finite.a, row * finite.k + 1, Number.NaN);
          const poisoned = expected.map((value, i) => (Math.floor(i / n) === row ? Number.NaN : value));
          expectIdentical(product({ ...finite, a }, form), poisoned);
        }
        for (let column = 0; column < n; column++) {
          const b = withElement(finite.b, 2 * n + column, Number.NaN);
          const poisoned = expected.map((value, i) => (i % n === column ? Number.NaN : value));
          expectIdentical(product({ ...finite, b }, form), poisoned);
        }
      }
    });

    test("±Inf goes where IEEE sends it: to ±Inf, and to NaN where it meets 0 or its opposite", () => {
      const finite = randomFactors(6, 13, 4);
      const infinite = withElement(withElement(finite.b, 0, Number.POSITIVE_INFINITY), 7, Number.NEGATIVE_INFINITY);
      const b = withElement(infinite, 2 * finite.n, Number.POSITIVE_INFINITY);
      const a = withElement(withElement(finite.a, 0, 0), 2 * finite.k + 2, Number.NEGATIVE_INFINITY);
      const factors = { ...finite, a, b };
      expectIdentical(product(factors, form), productInOrder(factors, form.accumulate));
    });
  });
}

test("matmul in place of C does not read C, on top of it keeps its NaN and Inf where they are", () => {
  const finite = randomFactors(6, 13, 4);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    for (let index = 0; index < finite.c.length; index++) {
      const factors = { ...finite, c: withElement(finite.c, index, value) };
      for (const form of FORMS) expectIdentical(product(factors, form), productInOrder(factors, form.accumulate));
    }
  }
});

test("matmul of dense rows: what follows a row of B or C is the next row, and stays out of it", () => {
  for (const n of COLUMN_COUNTS) {
    const factors = randomFactors(9, n, 5);
    clearRoom();
    const a = place("A", factors.a);
    const b = place("B", factors.b);
    const c = placeMatrix("C", 9, n, n, factors.c);
    kernels.matmul(c.address, 4 * n, a.address, 4 * 5, 4, b.address, 4 * n, 9, n, 5, true);
    expectOnlyWritten(c);
    expectIdentical(c, productInOrder(factors, true));
  }
});

/**
 * C by the kernel. Every matrix has a gap behind each of its rows, with NaN in it: B's last vector reads it, as C's
 * does, and neither may let it through or write it.
 */
function product(factors: Factors, { isTransposed, accumulate }: Form): Operand {
  const { m, n, k } = factors;
  clearRoom();
  const a = isTransposed
    ? placeMatrix("Aᵀ", k, m, m + 3, transposed(factors.a, m, k))
    : placeMatrix("A", m, k, k + 3, factors.a);
  const b = placeMatrix("B", k, n, n + 5, factors.b);
  const name = `C (${m}, ${n}) of ${k} steps`;
  const c = accumulate ? placeMatrix(name, m, n, n + 6, factors.c) : placeResultMatrix(name, m, n, n + 6);
  const rowStride = isTransposed ? 4 : a.byteStride;
  const stepStride = isTransposed ? a.byteStride : 4;
  kernels.matmul(
    c.address,
    c.byteStride,
    a.address,
    rowStride,
    stepStride,
    b.address,
    b.byteStride,
    m,
    n,
    k,
    accumulate,
  );
  expectOnlyWritten(c);
  return c;
}

/** The contract: each element summed over k in order, product and sum each rounded to float32. */
function productInOrder({ m, n, k, a, b, c }: Factors, accumulate: boolean): Float32Array {
  const result = accumulate ? c.slice() : new Float32Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = result[i * n + j]!;
      for (let step = 0; step < k; step++) {
        sum = Math.fround(sum + Math.fround(a[i * k + step]! * b[step * n + j]!));
      }
      result[i * n + j] = sum;
    }
  }
  return result;
}

/** The exact product, near enough, and Σ |a|·|b|, which its rounding error is relative to. */
function productInFloat64({ m, n, k, a, b, c }: Factors, accumulate: boolean) {
  const exact = accumulate ? Float64Array.from(c) : new Float64Array(m * n);
  const magnitude = exact.map(Math.abs);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      for (let step = 0; step < k; step++) {
        const term = a[i * k + step]! * b[step * n + j]!;
        exact[i * n + j]! += term;
        magnitude[i * n + j]! += Math.abs(term);
      }
    }
  }
  return { exact, magnitude };
}

function randomFactors(m: number, n: number, k: number): Factors {
  return { m, n, k, a: randomFloats(m * k, 1), b: randomFloats(k * n, 2), c: randomFloats(m * n, 3) };
}

/** The part of a product that its steps from `first` up to `end` make. */
function steps({ m, n, k, a, b, c }: Factors, first: number, end: number): Factors {
  const columns = a.filter((_, i) => i % k >= first && i % k < end);
  return { m, n, k: end - first, a: columns, b: b.subarray(first * n, end * n), c };
}

function transposed(x: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from({ length: x.length }, (_, i) => x[(i % rows) * columns + Math.floor(i / rows)]!);
}

function withElement(values: Float32Array, index: number, value: number): Float32Array {
  const changed = values.slice();
  changed[index] = value;
  return changed;
}
