/** Where an axis has its ticks, and how their numbers are written. */

import { powerOfTen, scientific } from "./html.ts";

/** An axis from `low` to `high`; on a logarithmic one both are above zero. */
export interface Scale {
  readonly kind: "linear" | "logarithmic";
  readonly low: number;
  readonly high: number;
}

/** Nearer to zero than this is zero: quotients would overflow. */
export const SMALLEST = 1e-290;

/** Where a value lies on a scale: 0 at its low end, 1 at its high end. */
export function position(scale: Scale, value: number): number {
  const { kind, low, high } = scale;
  if (kind === "linear") return (value - low) / (high - low);
  return (Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low));
}

/** Round numbers (1, 2 or 5 times a power of ten apart) within the scale, about `wanted` of them and at least one apart. */
export function linearTicks(low: number, high: number, wanted: number, atLeast = 0): number[] {
  const rough = Math.max((high - low) / Math.max(1, wanted), atLeast);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10);
  const ticks: number[] = [];
  const last = Math.floor(high / step + 1e-9);
  for (let i = Math.ceil(low / step - 1e-9); i <= last && ticks.length < 100; i++) {
    ticks.push(Number((i * step).toPrecision(12)) + 0); // 0.3, not 0.30000000000000004, and 0, not -0
  }
  return ticks;
}

/** Powers of ten within the scale, at most `wanted` and one: every one, every second, … */
export function logarithmicTicks(low: number, high: number, wanted: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const every = Math.max(1, Math.ceil((last - first + 1) / (wanted + 1)));
  const ticks: number[] = [];
  for (let exponent = last; exponent >= first; exponent -= every) ticks.unshift(Number(`1e${exponent}`));
  return ticks;
}

/** The ticks of a scale. */
export function ticksOf({ kind, low, high }: Scale, wanted: number): number[] {
  return kind === "linear" ? linearTicks(low, high, wanted) : logarithmicTicks(low, high, wanted);
}

/**
 * The linear scale that shows all from `low` to `high` and ends at ticks. A constant gets its place in the middle; a scale
 * of what is never negative does not go below zero.
 */
export function linearScale(low: number, high: number, wanted: number): Scale {
  let [bottom, top] = [low, high];
  const reach = Math.max(Math.abs(low), Math.abs(high));
  if (reach < SMALLEST) [bottom, top] = [0, 1];
  else if (top - bottom < 1e-9 * reach) [bottom, top] = [low - reach, low + reach];
  const ticks = linearTicks(bottom, top, wanted);
  const step = ticks.length > 1 ? ticks[1]! - ticks[0]! : top - bottom;
  return { kind: "linear", low: Math.floor(bottom / step + 1e-9) * step, high: Math.ceil(top / step - 1e-9) * step };
}

/** Tick labels: as many decimals as tell them apart, thousands grouped, powers of ten where a plain number would be long. */
export function tickLabels(ticks: readonly number[], kind: Scale["kind"]): string[] {
  if (kind === "logarithmic") return ticks.map((tick) => power(tick));
  const step = ticks.length > 1 ? Math.abs(ticks[1]! - ticks[0]!) : Math.abs(ticks[0] ?? 1);
  const largest = Math.max(...ticks.map(Math.abs));
  if (largest >= 1e7 || (largest > 0 && largest < 1e-4)) {
    const digits = Math.max(0, Math.floor(Math.log10(largest)) - Math.floor(Math.log10(step) + 1e-9));
    return ticks.map((tick) => (tick === 0 ? "0" : scientific(tick, Math.min(digits, 6))));
  }
  const decimals = step > 0 ? Math.min(20, Math.max(0, -Math.floor(Math.log10(step) + 1e-9))) : 0;
  return ticks.map((tick) =>
    tick === 0
      ? "0"
      : tick.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals }),
  );
}

/** Steps as an axis has them: 500, 20,000, 1.5 M. */
export function stepLabels(ticks: readonly number[]): string[] {
  if (Math.max(...ticks) < 1e6) return ticks.map((tick) => tick.toLocaleString("en-US"));
  return ticks.map((tick) =>
    tick === 0 ? "0" : `${(tick / 1e6).toLocaleString("en-US", { maximumFractionDigits: 6 })} M`,
  );
}

function power(value: number): string {
  if (value >= 1e-3 && value < 1e5) return value.toLocaleString("en-US", { maximumFractionDigits: 3 });
  return powerOfTen(Math.round(Math.log10(value)));
}
