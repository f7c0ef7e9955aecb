import { expect, test } from "vitest";
import { sparkline, summarizeTensor, tensorTable } from "../../src/cli/tensor-table.ts";

test("a histogram counts every number once, the largest in the last part", () => {
  const values = Float32Array.from({ length: 16 }, (_, i) => i);
  expect(summarizeTensor(values)).toEqual({
    mean: 7.5,
    deviation: Math.sqrt(21.25),
    smallest: 0,
    largest: 15,
    histogram: Array(16).fill(1),
  });
});

test("numbers that are all the same have no spread, and one bar", () => {
  const { deviation, histogram } = summarizeTensor(new Float32Array(9).fill(0.5));
  expect(deviation).toBe(0);
  expect(histogram.reduce((sum, each) => sum + each)).toBe(9);
  expect(sparkline(histogram).trim()).toBe("█");
});

test("bars are as high as the counts, and 0 has none", () => {
  expect(sparkline([0, 1, 25, 50, 99, 100])).toBe(" ▁▃▅██");
});

test("columns are aligned under their headings", () => {
  const summary = summarizeTensor(Float32Array.of(-1, 0.00001, 2));
  const [heading, short, long] = tensorTable([
    { name: "a", shape: [3], ...summary },
    { name: "a.longer.name", shape: [1, 3], ...summary },
  ]);
  const shape = heading!.indexOf("shape");
  expect(short!.indexOf("(3)")).toBe(shape);
  expect(long!.indexOf("(1, 3)")).toBe(shape);
  const end = heading!.indexOf("largest") + "largest".length;
  for (const row of [short!, long!]) expect(row.slice(0, end)).toMatch(/ -1 +2$/);
});
