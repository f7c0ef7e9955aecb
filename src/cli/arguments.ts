/** What a user types, as values; a UsageError says what was expected of which option. */

import { checkWholeNumber } from "../core/engine.ts";
import { MOST_THREADS } from "../core/worker-team.ts";
import { checkNumber, type RecipeInitialization, type Schedule } from "../model/recipe.ts";

/** A wrong command line: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Runs a check of the library on what an option gave: its RangeError is a wrong command line. */
export function asUsage<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}

/** A reader of whole numbers from `min` to `max`, as "100000" or "100_000". */
export function wholeNumber(option: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^[+-]?\d+(_\d+)*$/.test(text) ? Number(text.replaceAll("_", "")) : Number.NaN;
    if (Number.isNaN(value)) {
      throw new UsageError(`${option}: expected a whole number from ${min} to ${max}, got "${text}"`);
    }
    return asUsage(() => {
      checkWholeNumber(option, value, min, max);
      return value;
    });
  };
}

/** A reader of a number of threads, or "auto". */
export function threadCount(option: string): (text: string) => number | "auto" {
  return (text) => {
    if (text === "auto") return text;
    if (/^[+-]?\d+$/.test(text)) return wholeNumber(option, 1, MOST_THREADS)(text);
    throw new UsageError(`${option}: expected auto, or a whole number from 1 to ${MOST_THREADS}, got "${text}"`);
  };
}

/** A reader of numbers from `min` to `max`. */
export function decimal(option: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (Number.isNaN(value)) throw new UsageError(`${option}: expected a number from ${min} to ${max}, got "${text}"`);
    return asUsage(() => {
      checkNumber(option, value, min, max);
      return value;
    });
  };
}

/** A reader of numbers from 0 to just below 1. */
export function fraction(option: string): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (value >= 0 && value < 1) return value;
    throw new UsageError(`${option}: expected a number from 0 to just below 1, got "${text}"`);
  };
}

/** A reader of one of several words. */
export function choice<T extends string>(option: string, choices: readonly T[]): (text: string) => T {
  return (text) => {
    const found = choices.find((candidate) => candidate === text);
    if (found === undefined) throw new UsageError(`${option}: expected ${choices.join(" or ")}, got "${text}"`);
    return found;
  };
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** "20s", "1.5m" or "2h" in seconds; undefined for anything else. */
function parseSeconds(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([smh])$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (SECONDS[match[2] as string] as number);
}

/** A reader of durations above zero, in seconds. */
export function duration(option: string): (text: string) => number {
  return (text) => {
    const seconds = parseSeconds(text);
    if (seconds === undefined || seconds <= 0) {
      throw new UsageError(`${option}: expected a duration like 20s, 5m or 1h, got "${text}"`);
    }
    return seconds;
  };
}

/** How often something happens: after so many steps or so many seconds; never for 0 steps. */
export type Interval = { readonly steps: number } | { readonly seconds: number };

/** A reader of "100" (steps), "2s" (time) or "0" (never). */
export function interval(option: string): (text: string) => Interval {
  return (text) => {
    const seconds = parseSeconds(text);
    if (seconds !== undefined && seconds > 0) return { seconds };
    if (!/^\d+(_\d+)*$/.test(text)) {
      throw new UsageError(
        `${option}: expected a number of steps like 100, a duration like 2s, or 0 for never, got "${text}"`,
      );
    }
    return { steps: wholeNumber(option, 0, Number.MAX_SAFE_INTEGER)(text) };
  };
}

/** A reader of "normal:0.01", "normal:0.1:0.5" (with a mean of the gates), "uniform:0.08", "fan" or "pytorch". */
export function initialization(option: string): (text: string) => RecipeInitialization {
  return (text) => {
    if (text === "fan" || text === "pytorch") return { kind: text, scale: 1 };
    const match = /^(normal|uniform):([^:]+)(?::([^:]+))?$/.exec(text);
    if (match === null) {
      throw new UsageError(
        `${option}: expected normal:DEVIATION[:GATE_MEAN], uniform:BOUND[:GATE_MEAN], fan or pytorch, like normal:0.01, got "${text}"`,
      );
    }
    const [, kind, scale = "", gateMean] = match;
    return {
      kind: kind as "normal" | "uniform",
      scale: decimal(option, 0, 1e6)(scale),
      ...(gateMean === undefined ? {} : { gateMean: decimal(option, -1e6, 1e6)(gateMean) }),
    };
  };
}

const SCHEDULE_FORMS =
  "constant, step:FACTOR:STEPS, exponential:FACTOR:EPOCHS, halve-on-rise[:EPOCHS], linear:STEPS[:WARMUP] or cosine:STEPS[:WARMUP]";

/** A reader of schedules, like "exponential:0.97:10" or "cosine:20000:500". */
export function schedule(option: string): (text: string) => Schedule {
  return (text) => {
    const [kind, first = "", second, ...rest] = text.split(":");
    const whole = (value: string, min: number) => wholeNumber(option, min, Number.MAX_SAFE_INTEGER)(value);
    if (text === "constant") return { kind: "constant" };
    if (text === "halve-on-rise") return { kind: "halve-on-rise", every: 5 }; // as word-rnn has it
    if (rest.length === 0 && first !== "") {
      const factor = () => decimal(option, 0, 1)(first);
      if (kind === "step" && second !== undefined) return { kind, factor: factor(), every: whole(second, 1) };
      if (kind === "exponential") return { kind, factor: factor(), after: whole(second ?? "0", 0) };
      if (kind === "halve-on-rise" && second === undefined) return { kind, every: whole(first, 1) };
      if (kind === "linear" || kind === "cosine") {
        const total = whole(first, 1);
        return { kind, total, warmUp: wholeNumber(option, 0, total - 1)(second ?? "0") };
      }
    }
    throw new UsageError(`${option}: expected ${SCHEDULE_FORMS}, got "${text}"`);
  };
}
