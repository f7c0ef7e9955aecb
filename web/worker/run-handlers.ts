/** Answers to the calls of protocol/run.ts. */

import { type EngineConfig, estimateSeconds, estimateStep, MIN_CHAR_RNN, type Recipe } from "../../src/index.ts";
import type { Handlers } from "../protocol/protocol.ts";
import type { Estimate, RunCalls } from "../protocol/run.ts";
import { Run } from "./run.ts";
import type { Session } from "./session.ts";
import { countTokens, readText, summarize, type Text } from "./texts.ts";

/** A tab has little more than this for one model. */
export const MOST_MEMORY = 1.5e9;

export function runHandlers(session: Session): Handlers<RunCalls> {
  return {
    readText: async (source) => {
      session.text = await readText(source);
      return summarize(session.text);
    },
    chosenText: () => (session.text === undefined ? undefined : summarize(session.text)),
    estimate: ({ recipe }) => estimateOf(requireText(session), recipe),
    begin: async (plan) => {
      const text = requireText(session);
      checkMemory(text, plan.recipe);
      session.useRun(await Run.begin(text, plan));
      return session.status();
    },
    goOn: () => {
      const run = session.requireRun();
      // the target moves on, by as many steps as it was first set to
      if (run.ended) run.target *= 2;
      session.goOn();
      return session.status();
    },
    pause: async () => {
      await session.pause();
      return session.status();
    },
    stepOnce: async () => {
      await session.stepOnce();
      return session.status();
    },
    change: ({ temperature, ...fields }) => {
      const run = session.requireRun();
      run.trainer.change(fields);
      if (temperature !== undefined) run.temperature = temperature;
      session.tell(false);
      return session.status();
    },
    reset: async () => {
      await session.forget();
      return session.status();
    },
    status: () => session.status(),
    restore: async () => {
      await session.restore();
      return session.status();
    },
  };
}

function requireText({ text }: Session): Text {
  if (text === undefined) throw new Error("text: expected one to train on, got none; choose or drop one");
  return text;
}

/** Throws an Error for a model that a tab would not bear. */
export function checkMemory(text: Text, recipe: Partial<Recipe>): void {
  const { memoryBytes } = estimateOf(text, recipe);
  if (memoryBytes <= MOST_MEMORY) return;
  throw new Error(
    `memory: expected a model of at most ${MOST_MEMORY / 1e9} GB in a tab, got one of ${(memoryBytes / 1e9).toFixed(1)} GB; choose a smaller hidden size, batch or sequence`,
  );
}

export function estimateOf(text: Text, fields: Partial<Recipe>): Estimate {
  const recipe = { ...MIN_CHAR_RNN, ...fields };
  const { tokens, vocabularySize } = countTokens(text, recipe.unit);
  const lines = recipe.examples === "lines";
  const sequenceLength = recipe.sequenceLength === 0 || lines ? 50 : recipe.sequenceLength;
  const config: EngineConfig = { ...recipe, vocabularySize, sequenceLength };
  const threads = 1;
  const tokensOfStep = recipe.batchSize * sequenceLength;
  return {
    memoryBytes: estimateStep(config, threads).bytes,
    secondsOfStep: estimateSeconds(config, { numerics: recipe.numerics, threads }),
    tokensOfStep,
    stepsOfEpoch: (tokens * (1 - recipe.validationFraction)) / tokensOfStep,
  };
}
