/** What of a recipe may change between two steps of one run, and how the run's history says so. */

import { InvalidValueError } from "../core/errors.ts";
import type { Recipe } from "../model/recipe.ts";

/** The fields of a recipe that may change while training goes on: none that a shape, an order or a text depends on. */
export const OVERRIDABLE = [
  ...([
    "loss",
    "learningRate",
    "schedule",
    "momentum",
    "nesterov",
    "beta1",
    "beta2",
    "epsilon",
    "epsilonInRoot",
  ] as const),
  ...(["weightDecay", "clipNorm", "clipValue", "dropout", "numerics"] as const),
];

/** Those overrides that change something. Throws a RangeError for a field that must stay. */
export function checkOverrides(recipe: Recipe, overrides: Partial<Recipe>): Partial<Recipe> {
  const fields = Object.entries(overrides).filter(([field, value]) => !same(recipe[field as keyof Recipe], value));
  for (const [field] of fields) {
    if ((OVERRIDABLE as readonly string[]).includes(field)) continue;
    throw new InvalidValueError(
      `${field}: cannot change while training goes on; expected ${shown(recipe[field as keyof Recipe])}, as it was, got ${shown(overrides[field as keyof Recipe])}`,
    );
  }
  return Object.fromEntries(fields);
}

/** What each field was and became. */
export function changedFields(before: Recipe, after: Recipe): Record<string, [unknown, unknown]> {
  const fields = OVERRIDABLE.filter((field) => !same(before[field], after[field]));
  return Object.fromEntries(fields.map((field) => [field, [encodable(before[field]), encodable(after[field])]]));
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(encodable(a)) === JSON.stringify(encodable(b));
}

/** A value of a recipe as JSON has it. */
function encodable(value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY ? null : value;
}

function shown(value: unknown): string {
  return typeof value === "object" && value !== null ? Object.values(value).join(":") : String(value);
}
