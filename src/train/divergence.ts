import type { CodedError, ErrorCode } from "../core/errors.ts";
import type { Recipe } from "../model/recipe.ts";

/** A loss, gradient, update or validation loss that is no longer a finite number: the run cannot go on from these parameters. */
export class DivergenceError extends Error implements CodedError {
  override readonly name = "DivergenceError";
  readonly code = "ERR_DIVERGED" satisfies ErrorCode;

  /** `what` is the quantity that was not finite at `step`, `learningRate` the rate that led there. */
  constructor(
    /** The step that came to it, from 1. */
    readonly step: number,
    /** What was not finite. */
    readonly what: "loss" | "gradient" | "update" | "validation loss",
    recipe: Recipe,
    learningRate: number,
  ) {
    super(`training diverged at step ${step}: the ${what} is not a finite number; ${causes(recipe, learningRate)}`);
  }
}

/** What most likely led there, and what to do about it. */
function causes({ clipNorm, clipValue, activation, cell, optimizer }: Recipe, learningRate: number): string {
  const likely = [`a learning rate of ${learningRate} too high for ${optimizer}`];
  const advice = [`a learning rate of ${Number((learningRate / 10).toPrecision(6))}`];
  if (clipNorm === Number.POSITIVE_INFINITY && clipValue === Number.POSITIVE_INFINITY) {
    likely.push("gradients without a bound");
    advice.push("a clip norm of 5");
  }
  if (cell === "rnn" && activation !== "tanh") {
    likely.push(`the ${activation} activation, which has no bound either`);
    advice.push("the tanh activation");
  }
  return `likely causes: ${likely.join(", ")}; try ${advice.join(" or ")}`;
}
