import { expect, test } from "vitest";
import { fitMachine, nonNegativeLeastSquares } from "../../bench/scaling/fit.ts";
import { createSeries } from "../../bench/scaling/series.ts";
import { NUMERICS } from "../../src/core/wasm-module.ts";
import { estimateSeconds, type MachineSpeed, TYPICAL } from "../../src/model/cost.ts";
import { WorkFolder } from "../cli/command-line.ts";

/** Of a WebAssembly memory, in bytes. */
const PAGE = 65_536;

test("the fit finds the machine whose steps take exactly what the model says", () => {
  const machine: MachineSpeed = {
    fewRowsFlops: { strict: 11e9, fused: 13e9 },
    manyRowsFlops: { strict: 27e9, fused: 40e9 },
    nonlinearities: 0.21e9,
    elements: 1.7e9,
    overheadSeconds: 12e-6,
    threadShare: TYPICAL.threadShare,
  };
  const measurements = createSeries(false)
    .flatMap(({ configs }) => configs)
    .flatMap(({ config }) =>
      NUMERICS.map((numerics) => ({
        config,
        numerics,
        seconds: estimateSeconds(config, { numerics, threads: 1 }, machine),
      })),
    );
  const found = fitMachine(measurements);
  for (const numerics of NUMERICS) {
    expect(found.fewRowsFlops[numerics] / machine.fewRowsFlops[numerics]).toBeCloseTo(1, 2);
    expect(found.manyRowsFlops[numerics] / machine.manyRowsFlops[numerics]).toBeCloseTo(1, 2);
  }
  expect(found.nonlinearities / machine.nonlinearities).toBeCloseTo(1, 1);
  expect(found.elements / machine.elements).toBeCloseTo(1, 1);
  expect(found.overheadSeconds / machine.overheadSeconds).toBeCloseTo(1, 1);
});

test("a cost below zero would fit better, and is not taken", () => {
  // x - y = 1 twice over: alone y = -1 … would do
  expect(
    nonNegativeLeastSquares([
      [1, 2],
      [1, 4],
    ]).every((each) => each >= 0),
  ).toBe(true);
  expect(
    nonNegativeLeastSquares([
      [2, 1],
      [1, 2],
    ]).map((each) => each.toFixed(6)),
  ).toEqual(["0.333333", "0.333333"]);
  expect(
    nonNegativeLeastSquares([
      [2, 0],
      [2, 0],
    ]),
  ).toEqual([0.5, 0]);
});

test("bench --scaling --quick measures sizes and lengths, and says what the model makes of them", () => {
  const folder = new WorkFolder();
  const { code, stdout, stderr } = folder.run("bench", "--scaling", "--quick", "--json", "scaling.json");
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(stdout).toContain("The cost model, fitted to the above");
  const { series, machine, texts } = JSON.parse(folder.read("scaling.json").toString());
  for (const { title, sizes } of series) {
    for (const { label, seconds, memoryBytes, estimatedBytes } of sizes) {
      expect(seconds.strict, `${title} ${label}`).toBeGreaterThan(1e-6);
      // both are whole pages
      expect(Math.abs(estimatedBytes - memoryBytes), `${title} ${label}`).toBeLessThanOrEqual(PAGE);
    }
  }
  // of eight rows and one: sizes that a busy machine does not confuse
  const { sizes } = series.find(({ title }: { title: string }) => title.startsWith("Batch"));
  expect(sizes.at(-1).seconds.strict).toBeGreaterThan(sizes[0].seconds.strict);
  expect(machine.manyRowsFlops.strict).toBeGreaterThan(1e8);
  expect(texts.map(({ bytes }: { bytes: number }) => bytes)).toEqual([1e4, 1e5, 1e6]);
}, 120_000);
