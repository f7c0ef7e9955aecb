import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  linearScale,
  linearTicks,
  logarithmicTicks,
  position,
  stepLabels,
  tickLabels,
} from "../../src/report/ticks.ts";

const finite = fc.double({ min: -1e12, max: 1e12, noNaN: true });

test("ticks are round numbers", () => {
  expect(linearTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(linearTicks(1.37, 4.11, 5)).toEqual([2, 3, 4]);
  expect(linearTicks(0, 0.3, 3)).toEqual([0, 0.1, 0.2, 0.3]);
  expect(linearTicks(-3, 7, 4)).toEqual([0, 5]);
  expect(linearTicks(0, 3, 20, 1)).toEqual([0, 1, 2, 3]);
  expect(linearTicks(98_000, 123_456, 3)).toEqual([100_000, 110_000, 120_000]);
});

test("ticks lie on the scale, increase, are evenly spaced, and are not many more than wanted", () => {
  fc.assert(
    fc.property(finite, finite, fc.integer({ min: 1, max: 20 }), (a, b, wanted) => {
      const scale = linearScale(Math.min(a, b), Math.max(a, b), wanted);
      const tolerance = 1e-6 * Math.max(Math.abs(a), Math.abs(b)) + 1e-290;
      const ticks = linearTicks(scale.low, scale.high, wanted);
      expect(ticks.length).toBeGreaterThan(0);
      expect(ticks.length).toBeLessThanOrEqual(2 * wanted + 3);
      expect(new Set(tickLabels(ticks, "linear")).size).toBe(ticks.length);
      for (const tick of ticks) {
        expect(position(scale, tick)).toBeGreaterThan(-1e-6);
        expect(position(scale, tick)).toBeLessThan(1 + 1e-6);
      }
      expect(scale.low).toBeLessThanOrEqual(Math.min(a, b) + tolerance);
      expect(scale.high).toBeGreaterThanOrEqual(Math.max(a, b) - tolerance);
    }),
  );
});

test("a constant lies in the middle of its scale", () => {
  expect(linearScale(0.1, 0.1, 2)).toEqual({ kind: "linear", low: 0, high: 0.2 });
  expect(linearScale(0, 0, 2)).toEqual({ kind: "linear", low: 0, high: 1 });
});

test("what is never negative has no scale below zero", () => {
  expect(linearScale(0.01, 4.2, 4).low).toBe(0);
});

test("a logarithmic scale has powers of ten, and not too many", () => {
  expect(logarithmicTicks(0.02, 3000, 5)).toEqual([0.1, 1, 10, 100, 1000]);
  expect(logarithmicTicks(1e-12, 1e12, 4)).toEqual([1e-8, 1e-3, 1e2, 1e7, 1e12]);
});

describe("labels", () => {
  test("have the decimals that tell them apart, and thousands apart", () => {
    expect(tickLabels([0, 0.05, 0.1], "linear")).toEqual(["0", "0.05", "0.10"]);
    expect(tickLabels([1.5, 2, 2.5], "linear")).toEqual(["1.5", "2.0", "2.5"]);
    expect(tickLabels([0, 50_000, 100_000], "linear")).toEqual(["0", "50,000", "100,000"]);
  });

  test("are powers of ten where plain numbers would be long", () => {
    expect(tickLabels([0, 0.00001, 0.00002], "linear")).toEqual(["0", "1 × 10⁻⁵", "2 × 10⁻⁵"]);
    expect(tickLabels([1e-6, 0.01, 100, 1e6], "logarithmic")).toEqual(["10⁻⁶", "0.01", "100", "10⁶"]);
  });

  test("give many steps in millions", () => {
    expect(stepLabels([0, 20_000])).toEqual(["0", "20,000"]);
    expect(stepLabels([0, 500_000, 1_000_000])).toEqual(["0", "0.5 M", "1 M"]);
  });
});
