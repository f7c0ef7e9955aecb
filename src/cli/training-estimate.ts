/** What a run will take, before anything is allocated: from the sizes of recipe and text alone. */

import { threadsToTry } from "../core/wasm-engine.ts";
import type { Corpus } from "../data/corpus.ts";
import { longestLine } from "../data/line-batches.ts";
import { estimateSeconds, estimateStep } from "../model/cost.ts";
import type { Recipe } from "../model/recipe.ts";
import type { RunSettings } from "./training-run.ts";

export interface RunEstimate {
  /** Of the model, in bytes. */
  readonly memoryBytes: number;
  /** Until the end that was asked for, on a typical machine; undefined where that is a loss, which nobody can foresee. */
  readonly seconds: number | undefined;
}

/** Undefined for the js backend, whose speed and memory the cost model does not know. */
export function estimateRun(
  recipe: Recipe,
  { vocabulary, text }: Corpus,
  run: RunSettings,
  wantedThreads: number | "auto",
): RunEstimate | undefined {
  if (recipe.backend === "js") return undefined;
  const [training] = text.split(recipe.validationFraction);
  const { batchSize, numerics } = recipe;
  const longest = Math.max(
    1,
    training.lines === undefined ? Math.floor((training.tokens.length - 1) / batchSize) : longestLine(training),
  );
  const sequenceLength = Math.min(recipe.sequenceLength === 0 ? longest : recipe.sequenceLength, longest);
  const config = { ...recipe, vocabularySize: vocabulary.size, sequenceLength };
  // lines are read up to their own ends
  const examples = training.lines ?? training.targets / sequenceLength;
  const meanLength = Math.max(1, Math.round(training.targets / Math.max(1, examples)));
  const typical = { ...config, sequenceLength: Math.min(sequenceLength, meanLength) };
  const stepsOfEpoch = training.targets / (typical.sequenceLength * batchSize);
  const threads = threadsToTry(config, wantedThreads);
  const secondsOfStep = estimateSeconds(typical, { numerics, threads });

  const { steps, epochs, time } = run;
  const seconds = Math.min(
    (steps ?? Number.POSITIVE_INFINITY) * secondsOfStep,
    (epochs ?? Number.POSITIVE_INFINITY) * stepsOfEpoch * secondsOfStep,
    time ?? Number.POSITIVE_INFINITY,
  );
  return { memoryBytes: estimateStep(config, threads).bytes, seconds: Number.isFinite(seconds) ? seconds : undefined };
}
