/** How numbers and what they count are written for people. */

import type { Unit } from "../src/index.ts";

const WHOLE = /\B(?=(\d{3})+$)/g;

/** 12,345 */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(WHOLE, ",");
}

/** Nats: two decimals, a dash where there is none yet. */
export function nats(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? "–" : value.toFixed(2);
}

/** 950, 12.3 k, 1.2 M */
export function rounded(value: number): string {
  if (value < 1000) return String(Math.round(value));
  if (value < 1e6) return `${decimal(value / 1000)} k`;
  return `${decimal(value / 1e6)} M`;
}

function decimal(value: number): string {
  return value < 10 ? String(Number(value.toFixed(1))) : String(Math.round(value));
}

/** 182 KB, 1.4 MB */
export function bytes(value: number): string {
  return value < 1e6 ? `${Math.max(1, Math.round(value / 1000))} KB` : `${decimal(value / 1e6)} MB`;
}

/** "8 s", "3 min", "2 h 10 min" */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.round(minutes / 60 / 24)} days`;
}

/** A small or large number with as many digits as tell something. */
export function significant(value: number, digits = 3): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size < 1e-3 || size >= 1e5 ? value.toExponential(digits - 1) : String(Number(value.toPrecision(digits)));
}

/** Two decimals, with a minus sign as wide as a digit, so that a changing number does not jump. */
export function signed(value: number): string {
  const written = Math.abs(value).toFixed(2);
  return value < 0 && written !== "0.00" ? `−${written}` : written;
}

/** A share as one reads it: 42 %, 3.1 %, 0.04 %, < 0.001 % */
export function percent(share: number): string {
  const value = 100 * share;
  if (value >= 9.95) return `${Math.round(value)} %`;
  if (value > 0 && value < 0.00095) return "< 0.001 %";
  return `${value >= 0.095 || value === 0 ? value.toFixed(1) : value.toPrecision(1)} %`;
}

/** What a token is called: character, word, byte. */
export function tokenNoun(unit: Unit): string {
  return unit === "char" ? "character" : unit;
}

/** A token as it can be seen: a space, a line break and what does not print have signs of their own. */
export function visibleToken(token: string): string {
  if (token === "\n") return "↵";
  if (token === " ") return "␣";
  if (token === "\t") return "⇥";
  return /\p{C}/u.test(token) ? `U+${token.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}` : token;
}
