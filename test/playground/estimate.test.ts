/** What the Train view says a recipe would cost: of the tokens that the recipe reads, which are characters only if it says so. */

import { expect, test } from "vitest";
import { estimateStep, MIN_CHAR_RNN, type Unit, Vocabulary } from "../../src/index.ts";
import { checkMemory, estimateOf } from "../../web/worker/run-handlers.ts";

const content = `${Array.from({ length: 300 }, (_, i) => `naïve${i}`).join("\n")}\n  as many words, twice: as many`;
const text = { name: "a text", content };

test.each<[Unit]>([["char"], ["word"], ["byte"]])("the estimate for unit %s is of that unit's tokens", (unit) => {
  const vocabulary = Vocabulary.fromText(content, unit);
  const { stepsOfEpoch, tokensOfStep, memoryBytes } = estimateOf(text, { unit });
  expect(stepsOfEpoch * tokensOfStep).toBeCloseTo(vocabulary.encode(content).length);
  expect(memoryBytes).toBe(estimateStep({ ...MIN_CHAR_RNN, vocabularySize: vocabulary.size }).bytes);
});

test("a vocabulary of words that would not fit a tab is refused before anything is made", () => {
  const book = { name: "a book", content: Array.from({ length: 200_000 }, (_, i) => `w${i}`).join(" ") };
  expect(() => checkMemory(book, { unit: "char", hiddenSize: 1024 })).not.toThrow();
  expect(() => checkMemory(book, { unit: "word", hiddenSize: 1024 })).toThrow(/^memory: expected a model of at most/);
});
