import { describe, test } from "vitest";
import { expectIdentical } from "./comparison.ts";
import { randomFloats } from "./inputs.ts";
import {
  clearRoom,
  expectOnlyWritten,
  kernels,
  type Operand,
  place,
  placeMatrix,
  placeResult,
  placeResultMatrix,
} from "./kernel-module.ts";

// single rows, whole tiles with one, two and three rows beside them, and more than a block of 48
const ROW_COUNTS = [1, 2, 3, 4, 5, 6, 7, 8, 11, 48, 49, 51, 97];
// a panel of each width, one to five whole ones and what is left over beside them
const COLUMN_COUNTS = [...Array.from({ length: 21 }, (_, i) => i + 1), 37, 40, 41, 47, 65, 80, 100];
// none, and blocks of 256
const STEP_COUNTS = [0, 1, 3, 4, 7, 100, 255, 256, 257, 513];
const TILE_FLOATS = 256 * 48;

const WIDTH = 20;
const panelWidth = (n: number) => Math.ceil(n / WIDTH) * WIDTH;

/** The panels of B (k, n), by their definition. */
function panelsOf(b: Float32Array, k: number, n: number): Float32Array {
  const panels = new Float32Array(k * panelWidth(n));
  for (let step = 0; step < k; step++) {
    for (let j = 0; j < n; j++)
      panels[Math.floor(j / WIDTH) * WIDTH * k + step * WIDTH + (j % WIDTH)] = b[step * n + j]!;
  }
  return panels;
}

function transposed(x: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from({ length: x.length }, (_, i) => x[(i % rows) * columns + Math.floor(i / rows)]!);
}

test("packPanels: twenty columns after twenty, the last filled up with zeros", () => {
  for (const k of [1, 2, 5, 33]) {
    for (const n of COLUMN_COUNTS) {
      clearRoom();
      const values = randomFloats(k * n, 1);
      const b = place("B", values);
      const panels = placeResult("panels", k * panelWidth(n));
      kernels.packPanels(panels.address, b.address, 4 * n, k, n);
      expectOnlyWritten(panels);
      expectIdentical(panels, panelsOf(values, k, n));
    }
  }
});

test("packTransposedPanels: the same of a matrix that is given as its transpose", () => {
  for (const k of [1, 2, 3, 4, 5, 8, 33]) {
    for (const n of COLUMN_COUNTS) {
      clearRoom();
      const values = randomFloats(k * n, 1);
      const w = place("W", transposed(values, k, n));
      const panels = placeResult("panels", k * panelWidth(n));
      kernels.packTransposedPanels(panels.address, w.address, k, n);
      expectOnlyWritten(panels);
      expectIdentical(panels, panelsOf(values, k, n));
    }
  }
});

for (const isTransposed of [false, true]) {
  for (const accumulate of [false, true]) {
    describe(`matmulPanels ${isTransposed ? "Aᵀ·B" : "A·B"}, ${accumulate ? "on top of C" : "in place of C"}`, () => {
      for (const m of ROW_COUNTS) {
        test(`${m} rows, any columns and steps: the bits of matmul`, () => {
          for (const n of COLUMN_COUNTS) {
            for (const k of STEP_COUNTS) {
              // has met all its cases by then
              if (k > 100 && ((m > 11 && n > 41) || (m > 51 && n > 9))) continue;
              const a = randomFloats(m * k, 1);
              const b = randomFloats(k * n, 2);
              const c = randomFloats(m * n, 3);
              const expected = run(m, n, k, a, c, (left, rowStride, stepStride, result) => {
                const right = place("B", b);
                kernels.matmul(
                  ...([result.address, result.byteStride, left.address, rowStride, stepStride] as const),
                  ...([right.address, 4 * n, m, n, k, accumulate] as const),
                );
              }).values;
              const found = run(m, n, k, a, c, (left, rowStride, stepStride, result) => {
                const panels = place("panels", panelsOf(b, k, n));
                const needsTiles = m >= 4;
                const tiles = needsTiles ? place("tiles", new Float32Array(TILE_FLOATS)) : undefined;
                kernels.matmulPanels(
                  ...([result.address, result.byteStride, left.address, rowStride, stepStride] as const),
                  ...([panels.address, m, n, k, accumulate, tiles?.address ?? 0] as const),
                );
                tiles?.record(); // what it holds is nobody's business
              });
              expectIdentical(found, expected);
            }
          }
        });
      }

      /** Runs a product in a fresh room; A and C have gaps behind their rows that it must neither use nor write. */
      function run(
        m: number,
        n: number,
        k: number,
        a: Float32Array,
        c: Float32Array,
        product: (left: Operand, rowStride: number, stepStride: number, result: Operand) => void,
      ): Operand {
        clearRoom();
        const left = isTransposed
          ? placeMatrix("Aᵀ", k, m, m + 3, transposed(a, m, k))
          : placeMatrix("A", m, k, k + 3, a);
        const name = `C (${m}, ${n}) of ${k} steps`;
        const result = accumulate ? placeMatrix(name, m, n, n + 6, c) : placeResultMatrix(name, m, n, n + 6);
        const rowStride = isTransposed ? 4 : left.byteStride;
        const stepStride = isTransposed ? left.byteStride : 4;
        product(left, rowStride, stepStride, result);
        expectOnlyWritten(result);
        return result;
      }
    });
  }
}
