/** Fits the cost model (src/model/cost.ts) to measurements: the rates that make its estimates the least off, as fractions. */

import type { EngineConfig } from "../../src/core/engine.ts";
import type { Numerics } from "../../src/core/wasm-module.ts";
import { type MachineSpeed, stepWork, TYPICAL } from "../../src/model/cost.ts";

/** A training step as it was measured, on one thread. */
export interface Measurement {
  readonly config: EngineConfig;
  readonly numerics: Numerics;
  readonly seconds: number;
}

/** Turns of coordinate descent: the columns are few, and it is done long before. */
const TURNS = 20_000;

/**
 * The machine whose estimates differ least from the measurements, in the sum of squares of relative errors. What is not measured
 * keeps what `TYPICAL` has.
 */
export function fitMachine(measurements: readonly Measurement[]): MachineSpeed {
  const rows = measurements.map(({ config, numerics, seconds }) => {
    const { fewRowsFlops, manyRowsFlops, nonlinearities, elements } = stepWork(config);
    const strict = numerics === "strict" ? 1 : 0;
    const columns = [
      fewRowsFlops * strict,
      manyRowsFlops * strict,
      fewRowsFlops * (1 - strict),
      manyRowsFlops * (1 - strict),
      nonlinearities,
      elements,
      1,
    ];
    return columns.map((column) => column / seconds);
  });
  const [fewStrict, manyStrict, fewFused, manyFused, nonlinearity, element, overhead] = nonNegativeLeastSquares(
    rows,
  ) as [number, number, number, number, number, number, number];
  const rate = (secondsEach: number, typical: number) => (secondsEach > 0 ? 1 / secondsEach : typical);
  return {
    fewRowsFlops: {
      strict: rate(fewStrict, TYPICAL.fewRowsFlops.strict),
      fused: rate(fewFused, TYPICAL.fewRowsFlops.fused),
    },
    manyRowsFlops: {
      strict: rate(manyStrict, TYPICAL.manyRowsFlops.strict),
      fused: rate(manyFused, TYPICAL.manyRowsFlops.fused),
    },
    nonlinearities: rate(nonlinearity, TYPICAL.nonlinearities),
    elements: rate(element, TYPICAL.elements),
    overheadSeconds: overhead,
    threadShare: TYPICAL.threadShare,
  };
}

/** x ≥ 0 with the least Σ (row · x - 1)², by coordinate descent; 0 where a column is all zeros. */
export function nonNegativeLeastSquares(rows: readonly (readonly number[])[]): number[] {
  const width = rows[0]?.length ?? 0;
  const x = new Array<number>(width).fill(0);
  const squares = x.map((_, j) => rows.reduce((sum, row) => sum + row[j]! * row[j]!, 0));
  const residuals = rows.map(() => 1);
  for (let turn = 0; turn < TURNS; turn++) {
    for (let j = 0; j < width; j++) {
      if (squares[j] === 0) continue;
      const slope = rows.reduce((sum, row, i) => sum + row[j]! * residuals[i]!, 0);
      const moved = Math.max(0, x[j]! + slope / squares[j]!);
      for (const [i, row] of rows.entries()) residuals[i] = residuals[i]! - row[j]! * (moved - x[j]!);
      x[j] = moved;
    }
  }
  return x;
}
