import { describe, expect, test } from "vitest";
import { checkAgreement, DisagreementError } from "../../bench/agreement.ts";
import { median, speedRatio } from "../../bench/rounds.ts";
import {
  formatBytes,
  formatCount,
  formatGiga,
  formatRatio,
  formatSeconds,
  formatShare,
  formatTable,
} from "../../bench/table.ts";
import { workloadTable } from "../../bench/tables.ts";

describe("figures", () => {
  test("have as many digits as a bench knows, and a unit that suits them", () => {
    expect([9.87e-8, 1.234e-5, 0.0123, 0.9994, 12.34].map(formatSeconds)).toEqual([
      "98.7 ns",
      "12.3 µs",
      "12.3 ms",
      "999 ms",
      "12.3 s",
    ]);
    expect([142_345, 12, 1_234_567].map(formatCount)).toEqual(["142,300", "12", "1,235,000"]);
    expect([900, 12_451_840, 3.2e9].map(formatBytes)).toEqual(["0.9 KB", "12.5 MB", "3.2 GB"]);
    expect([37.24e9, 0.83e9].map(formatGiga)).toEqual(["37.2", "0.83"]);
    expect(formatShare(0.834)).toBe("83 %");
    expect(formatRatio(11.84)).toBe("11.8×");
  });

  test("a median of an even number of rounds lies between the middle two", () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([5, 1, 3])).toBe(3);
  });

  test("a ratio is one of medians; a side with one round stands against all of the other's", () => {
    expect(speedRatio([10, 20, 30], [5, 5, 10])).toEqual({ median: 4, min: 2, max: 4 });
    expect(speedRatio([10, 20, 30], [2])).toEqual({ median: 10, min: 5, max: 15 });
  });
});

test("a table has its first column to the left and the others to the right", () => {
  expect(formatTable({ head: ["", "GFLOP/s"], rows: [["wasm", "37.2"]] })).toBe(
    ["        GFLOP/s", "  ────  ───────", "  wasm     37.2"].join("\n"),
  );
});

describe("the table of a workload", () => {
  const contender = { difference: 0, flopsPerSecond: 2e10, shareOfPeak: 0.5, threads: 1 };
  const report = {
    name: "W1",
    title: "",
    work: "training",
    unitCharacters: 25,
    flops: 2_455_000,
    verified: "",
    note: undefined,
    contenders: [
      {
        ...contender,
        name: "wasm strict",
        charactersPerSecond: 200_000,
        rounds: [190_000, 200_000, 210_000],
        difference: 1.74e-7,
        firstIs: { median: 1, min: 1, max: 1 },
      },
      {
        ...contender,
        name: "TypeScript float64",
        charactersPerSecond: 10_000,
        rounds: [10_000],
        shareOfPeak: undefined,
        firstIs: { median: 20, min: 19, max: 21 },
      },
    ],
  } as const;

  test("has a row for each contender, with what the first is to it", () => {
    const { head, rows } = workloadTable(report);
    const cell = (row: number, column: string) => rows[row]![head.indexOf(column)];
    expect(cell(0, "characters/s")).toBe("200,000");
    expect(cell(0, "a step")).toBe("125 µs");
    expect(cell(0, "off by")).toBe("1.7e-7");
    expect(cell(0, "of peak")).toBe("50 %");
    expect(cell(0, "wasm strict is")).toBe("");
    expect(cell(1, "wasm strict is")).toBe("20.0×");
    expect(cell(1, "of peak")).toBe("");
    expect(rows.map((row) => row.length)).toEqual([head.length, head.length]);
  });

  test("names threads where some contender has more than one, and the peak where it was measured", () => {
    expect(workloadTable(report).head).not.toContain("threads");
    const [first, second] = report.contenders;
    const other = workloadTable({
      ...report,
      contenders: [{ ...first, threads: 2, shareOfPeak: undefined }, second],
    });
    expect(other.head).toContain("threads");
    expect(other.head).not.toContain("of peak");
  });
});

describe("agreement", () => {
  test("is the largest difference, as a fraction", () => {
    expect(checkAgreement("a", [1, 2.02], [1, 2], 0.02, "each")).toBeCloseTo(0.01, 6);
    expect(checkAgreement("a", [1.02, 2], [1, 2], 0.02, "largest")).toBeCloseTo(0.01, 6);
  });

  test("is refused where a number is too far off, is none, or is missing", () => {
    const check = (got: number[]) => () => checkAgreement("wasm", got, [1, 2], 1e-3, "each");
    expect(check([1, 2.1])).toThrow(DisagreementError);
    expect(check([1, 2.1])).toThrow("wasm: expected 2 at index 1, got 2.1");
    expect(check([Number.NaN, 2])).toThrow(DisagreementError);
    expect(check([1])).toThrow("expected 2 numbers, got 1");
  });
});
