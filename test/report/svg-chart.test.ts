import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Chart } from "../../src/report/chart.ts";
import { curveColumns } from "../../src/report/curve-columns.ts";
import { lineChart, spread } from "../../src/report/svg-chart.ts";

/** A chart of one curve of steps 1 to n. */
function chartOf(values: ArrayLike<number>, more: Partial<Chart> = {}): string {
  const steps = Float64Array.from(values, (_, i) => i + 1);
  return lineChart({
    ...{ id: "c", title: "Loss", description: "A curve.", unit: "nats", width: 400, height: 200 },
    ...{ names: "none", scale: "zero", series: [{ name: "each", look: "each", steps, values }], ...more },
  }).source;
}

/** The coordinates of the lines, bands and marks that draw the curves. */
function coordinates(svg: string): number[] {
  const drawn = [...svg.matchAll(/class="(?:line|band|mark)" (?:d|cx)="([^"]*)"(?: cy="([^"]*)")?/g)];
  return drawn.flatMap(([, first = "", second = ""]) => {
    const points = first.match(/[ML][-\d.]+ [-\d.]+/g) ?? [first];
    return `${points.join(" ")} ${second}`.match(/-?[\d.]+/g)!.map(Number);
  });
}

describe("reduction to columns", () => {
  test("keeps every extreme and the mean between them", () => {
    const values = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 500 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 60 }), (values, columns) => {
        const steps = values.map((_, i) => i + 1);
        const reduced = curveColumns({ steps, values }, columns, [0, values.length]);
        expect(reduced.length).toBeLessThanOrEqual(Math.max(columns, Math.min(columns, values.length)));
        expect(Math.max(...reduced.map(({ max }) => max))).toBe(Math.max(...values));
        expect(Math.min(...reduced.map(({ min }) => min))).toBe(Math.min(...values));
        for (const [i, { step, min, max, mean }] of reduced.entries()) {
          expect(mean).toBeGreaterThanOrEqual(min);
          expect(mean).toBeLessThanOrEqual(max);
          if (i > 0) expect(step).toBeGreaterThan(reduced[i - 1]!.step);
        }
      }),
    );
  });

  test("leaves a curve alone that has room", () => {
    const reduced = curveColumns({ steps: [1, 5, 6], values: [3, 1, 2] }, 3, [0, 6]);
    expect(reduced.map(({ step, mean }) => [step, mean])).toEqual([
      [1, 3],
      [5, 1],
      [6, 2],
    ]);
  });

  test("leaves out what is not finite", () => {
    const values = [1, Number.NaN, Number.POSITIVE_INFINITY, 2];
    expect(curveColumns({ steps: [1, 2, 3, 4], values }, 10, [0, 4]).map(({ step }) => step)).toEqual([1, 4]);
    expect(curveColumns({ steps: [1, 2, 3, 4], values }, 1, [0, 4])).toEqual([
      { step: 2.5, min: 1, max: 2, mean: 1.5 },
    ]);
  });
});

describe("a chart", () => {
  test("of a million steps is small and shows the one that stands out", () => {
    const values = new Float64Array(1e6).fill(2);
    values[654_321] = 9;
    const svg = chartOf(values);
    expect(svg.length).toBeLessThan(30_000);
    const [, band = ""] = /class="band" d="([^"]*)"/.exec(svg) ?? [];
    const heights = [...band.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => ({ x: Number(x), y: Number(y) }));
    const peak = heights.reduce((a, b) => (b.y < a.y ? b : a));
    const usual = heights.reduce((a, b) => (b.y > a.y ? b : a));
    expect(usual.y - peak.y).toBeGreaterThan(100);
    expect(peak.x).toBeCloseTo(34 + 0.654 * (390 - 34), -1);
  });

  test("stays within itself and draws numbers only, whatever the values", () => {
    const value = fc.oneof(fc.double(), fc.constantFrom(0, 1, -1, 1e-300, 1e300, 1.7e308, Number.NaN));
    const scale = fc.constantFrom("cut" as const, "zero" as const, "logarithmic" as const);
    const names = fc.constantFrom("end" as const, "above" as const, "none" as const);
    fc.assert(
      fc.property(fc.array(value, { maxLength: 300 }), scale, names, (values, scale, names) => {
        const svg = chartOf(values, { scale, names });
        expect(svg).not.toMatch(/NaN|Infinity|undefined|e[+-]\d+[ "]/);
        for (const number of coordinates(svg)) {
          expect(number).toBeGreaterThanOrEqual(-10);
          expect(number).toBeLessThanOrEqual(400);
        }
      }),
    );
  });

  test("of a single point has a dot", () => {
    expect(chartOf([2])).toMatch(/<circle class="mark" [^>]*><title>step 1: 2\.000<\/title>/);
  });

  test("of a constant has a level line in the middle", () => {
    expect(chartOf([0.1, 0.1, 0.1])).toMatch(/class="line" d="M34 101L[\d.]+ 101L390 101"/);
  });

  test("of nothing finite has axes and no curve", () => {
    const svg = chartOf([Number.NaN, Number.NaN], { names: "end" });
    expect(svg).toContain('class="axis"');
    expect(coordinates(svg)).toEqual([]);
  });

  test("is logarithmic where values lie two decades apart, but not for a rate that falls to zero in the end", () => {
    const decades = Array.from({ length: 1000 }, (_, i) => 10 ** (-i / 200));
    const cosine = Array.from({ length: 1000 }, (_, i) => 0.5 * (1 + Math.cos((Math.PI * i) / 999)));
    const spike = Array.from({ length: 1000 }, (_, i) => (i === 500 ? 1e5 : 10));
    const isLogarithmic = (values: number[]) => chartOf(values, { scale: "logarithmic" }).includes("logarithmic");
    expect([decades, cosine, spike, [1, 99]].map(isLogarithmic)).toEqual([true, false, true, false]);
  });

  test("cuts off a far outlier, with a mark and its height", () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i === 700 ? 812 : 4 - i / 500));
    const svg = chartOf(values, { scale: "cut" });
    expect(svg).toContain('class="outlier"');
    expect(svg).toContain(">up to 812.0<");
    expect(chartOf(values.slice(0, 700), { scale: "cut" })).not.toContain("outlier");
  });

  test("has a title, a description, and escapes what it is given", () => {
    const svg = chartOf([1, 2], { title: "<b>&", description: '"x"', unit: "<u>" });
    expect(svg).toContain('<title id="c-title">&lt;b&gt;&amp;</title>');
    expect(svg).toContain('<desc id="c-desc">&quot;x&quot;</desc>');
    expect(svg).toContain('role="img"');
    expect(svg).toContain('aria-labelledby="c-title c-desc"');
    expect(svg).not.toContain("<u>");
  });
});

test("names at the ends of curves lie apart, in order and within bounds", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -50, max: 450, noNaN: true }), { maxLength: 5 }), (values) => {
      const places = spread(
        values.sort((a, b) => a - b),
        18,
        0,
        400,
      );
      for (const [i, place] of places.entries()) {
        if (i > 0) expect(place - places[i - 1]!).toBeGreaterThanOrEqual(18 - 1e-9);
        expect(place).toBeGreaterThanOrEqual(-1e-9);
        expect(place).toBeLessThanOrEqual(400);
      }
    }),
  );
});
