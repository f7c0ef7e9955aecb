/** The tables of the bench, for a terminal or a page. */

import type { KernelResults, WasmKernelReport } from "./kernels/kernel-race.ts";
import type { Ratio } from "./rounds.ts";
import {
  formatCount,
  formatDifference,
  formatGiga,
  formatRange,
  formatRatio,
  formatSeconds,
  formatShare,
  type Table,
} from "./table.ts";
import type { WorkloadReport } from "./workload-race.ts";

/** Products, a row each. */
export function productTable({ kernels }: KernelResults): Table {
  const rows = kernels.filter(({ unit }) => unit === "FLOP");
  const numerics = rows[0]?.wasm.map((side) => side.numerics) ?? [];
  return {
    head: [
      "product, GFLOP/s",
      "shape",
      "a call",
      ...numerics.flatMap((each) => [each, "of peak"]),
      "TypeScript",
      ...numerics.map((each) => `${each} is`),
    ],
    rows: rows.map(({ name, shape, wasm, typescriptPerSecond }) => [
      name,
      shape,
      firstCall(wasm),
      ...wasm.flatMap((side) => [
        formatGiga(side.perSecond),
        side.shareOfPeak === undefined ? "" : formatShare(side.shareOfPeak),
      ]),
      formatGiga(typescriptPerSecond),
      ...ratios(wasm),
    ]),
  };
}

/** Everything else that loops, a row each. */
export function elementTable({ kernels }: KernelResults): Table {
  const rows = kernels.filter(({ unit }) => unit === "element");
  const numerics = rows[0]?.wasm.map((side) => side.numerics) ?? [];
  return {
    head: [
      "elementwise, 10⁹/s",
      "elements",
      "a call",
      ...numerics,
      "TypeScript",
      ...numerics.map((each) => `${each} is`),
    ],
    rows: rows.map(({ name, shape, wasm, typescriptPerSecond }) => [
      name,
      shape,
      firstCall(wasm),
      ...wasm.map((side) => formatGiga(side.perSecond)),
      formatGiga(typescriptPerSecond),
      ...ratios(wasm),
    ]),
  };
}

/** One row a contender. */
export function workloadTable({ work, unitCharacters, contenders }: WorkloadReport): Table {
  const measured = contenders.some(({ shareOfPeak }) => shareOfPeak !== undefined);
  const threaded = contenders.some(({ threads }) => threads > 1);
  return {
    head: [
      "",
      ...(threaded ? ["threads"] : []),
      "off by",
      "characters/s",
      "rounds",
      work === "training" ? "a step" : "a character",
      "GFLOP/s",
      ...(measured ? ["of peak"] : []),
      `${contenders[0]?.name ?? ""} is`,
      "rounds",
    ],
    rows: contenders.map((contender, i) => [
      contender.name,
      ...(threaded ? [String(contender.threads)] : []),
      contender.difference === 0 ? "" : formatDifference(contender.difference),
      formatCount(contender.charactersPerSecond),
      contender.rounds.length === 1
        ? "one"
        : `${formatCount(Math.min(...contender.rounds))}–${formatCount(Math.max(...contender.rounds))}`,
      formatSeconds(unitCharacters / contender.charactersPerSecond),
      formatGiga(contender.flopsPerSecond),
      ...(measured ? [contender.shareOfPeak === undefined ? "" : formatShare(contender.shareOfPeak)] : []),
      ...(i === 0 ? ["", ""] : ratio(contender.firstIs)),
    ]),
  };
}

function ratios(wasm: readonly WasmKernelReport[]): string[] {
  return wasm.map((side) => formatRatio(side.ratio.median));
}

/** How long a call takes, of the first numerics class. */
function firstCall([first]: readonly WasmKernelReport[]): string {
  return first === undefined ? "" : formatSeconds(first.seconds);
}

function ratio({ median, min, max }: Ratio): string[] {
  return [formatRatio(median), formatRange(min, max)];
}
