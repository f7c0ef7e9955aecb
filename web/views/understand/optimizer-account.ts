/** What each optimizer does with a gradient: its equations, and what it remembers, in words. */

import type { Recipe } from "../../../src/index.ts";

interface OptimizerAccount {
  readonly name: string;
  /** In the notation of `formula`; p is a number, g its gradient. */
  readonly equations: (recipe: Recipe) => readonly string[];
  readonly idea: string;
  /** What its memories are called, by the library's names. */
  readonly memories: Readonly<Record<string, { readonly symbol: string; readonly name: string }>>;
}

const MOMENTUM = { symbol: "u", name: "momentum" };
const SQUARES = { symbol: "v", name: "mean of squared gradients" };

const adam = (name: string): OptimizerAccount => ({
  name,
  equations: () => ["m′ = β_1 m + (1 − β_1) g", "v′ = β_2 v + (1 − β_2) g²", "p′ = p − rate · m̂ / (√v̂ + ε)"],
  idea:
    "It remembers two running means for each number: of its gradients, m, and of their squares, v. Numbers whose gradients keep " +
    "pointing the same way move; those whose gradients quarrel hardly do. The hats correct the means' start at zero.",
  memories: {
    first_moment: { symbol: "m", name: "mean of gradients" },
    second_moment: SQUARES,
  },
});

const ACCOUNTS: Readonly<Record<string, OptimizerAccount>> = {
  adagrad: {
    name: "Adagrad",
    equations: ({ epsilonInRoot }) => [
      "s′ = s + g²",
      epsilonInRoot ? "p′ = p − rate · g / √(s′ + ε)" : "p′ = p − rate · g / (√s′ + ε)",
    ],
    idea:
      "It remembers for each number the sum of its squared gradients, s, and divides by the root of that: what has been pushed " +
      "about a lot moves less from now on, and what is rarely touched still moves far.",
    memories: { sum_of_squares: { symbol: "s", name: "sum of squared gradients" } },
  },
  rmsprop: {
    name: "RMSprop",
    equations: ({ momentum }) => [
      "v′ = β v + (1 − β) g²",
      ...(momentum === 0 ? ["p′ = p − rate · g / (√v′ + ε)"] : ["u′ = μ u + g / (√v′ + ε)", "p′ = p − rate · u′"]),
    ],
    idea: "It remembers for each number a running mean of its squared gradients, v, and divides by the root of that, so that all numbers move at about the same pace.",
    memories: { mean_square: SQUARES, momentum: MOMENTUM },
  },
  adam: adam("Adam"),
  adamw: adam("AdamW"),
  adamax: {
    name: "Adamax",
    equations: () => ["m′ = β_1 m + (1 − β_1) g", "u′ = max(β_2 u, |g| + ε)", "p′ = p − rate · m̂ / u′"],
    idea:
      "Adam, but that each number is divided by the largest gradient it has lately had, u, which fades, instead of by a mean: no " +
      "number ever moves further than the rate.",
    memories: {
      first_moment: { symbol: "m", name: "mean of gradients" },
      maximum: { symbol: "u", name: "largest gradient" },
    },
  },
  sgd: {
    name: "Plain descent",
    equations: ({ momentum, nesterov }) =>
      momentum === 0
        ? ["p′ = p − rate · g"]
        : ["u′ = μ u + g", nesterov ? "p′ = p − rate · (g + μ u′)" : "p′ = p − rate · u′"],
    idea: "Each number moves against its gradient, in proportion to it.",
    memories: { momentum: MOMENTUM },
  },
};

/** Of an optimizer of the registry, as the recipe has it: bounds, decay of weights and update, line by line. */
export function updateEquations(recipe: Recipe): string[] {
  const { optimizer, clipNorm, clipValue, weightDecay } = recipe;
  const decay = optimizer === "adamw" ? "p ← p − rate · decay · p" : "g ← g + decay · p";
  return [
    ...(Number.isFinite(clipNorm) ? [`g ← g, scaled so that all together are no longer than ${clipNorm}`] : []),
    ...(Number.isFinite(clipValue) ? [`g ← g, held between −${clipValue} and ${clipValue}`] : []),
    ...(weightDecay === 0 ? [] : [decay]),
    ...optimizerAccount(optimizer).equations(recipe),
  ];
}

/** The memories that matter: without momentum, the one for it is of no use. */
export function memoriesInUse({ momentum }: Recipe, memories: readonly string[]): string[] {
  return memories.filter((memory) => memory !== "momentum" || momentum !== 0);
}

/** Of an optimizer of the registry. */
export function optimizerAccount(optimizer: string): OptimizerAccount {
  const account = ACCOUNTS[optimizer];
  if (account !== undefined) return account;
  throw new RangeError(`optimizer "${optimizer}": expected one of ${Object.keys(ACCOUNTS).join(", ")}`);
}

/** Of a memory that has no name here, its own. */
export function memoryName(optimizer: string, memory: string): { readonly symbol: string; readonly name: string } {
  const plain = memory.replaceAll("_", " ");
  return optimizerAccount(optimizer).memories[memory] ?? { symbol: plain, name: plain };
}
