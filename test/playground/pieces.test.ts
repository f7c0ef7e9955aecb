import { describe, expect, test } from "vitest";
import { createTrainer, type Recipe, readActivations, unknownTokens } from "../../src/index.ts";
import { piecesOf } from "../../web/worker/pieces.ts";

async function modelOf(text: string, fields: Partial<Recipe> = {}) {
  return (await createTrainer(text, { hiddenSize: 2, sequenceLength: 2, ...fields })).model;
}

describe("pieces are a token each, with what stands before it and is none", () => {
  const cases: [what: string, learnt: string, fields: Partial<Recipe>, text: string, pieces: string[][]][] = [
    [
      "characters",
      "abc",
      {},
      "ab",
      [
        ["", "a"],
        ["", "b"],
      ],
    ],
    [
      "characters, one unknown",
      "abc",
      {},
      "a?b",
      [
        ["", "a"],
        ["?", "b"],
      ],
    ],
    [
      "characters of other planes",
      "a😀b",
      {},
      "😀é😀",
      [
        ["", "😀"],
        ["é", "😀"],
      ],
    ],
    [
      "bytes",
      "abc",
      { unit: "byte" },
      "é!",
      [
        ["", ""],
        ["", "é"],
        ["", "!"],
      ],
    ],
    [
      "words",
      "to be or",
      { unit: "word" },
      " to  be",
      [
        [" ", "to"],
        ["  ", "be"],
      ],
    ],
    [
      "words, one unknown",
      "to be or",
      { unit: "word" },
      "to see be",
      [
        ["", "to"],
        [" see ", "be"],
      ],
    ],
    [
      "words with a sign for the rest",
      "to to be be or",
      { unit: "word", minCount: 2 },
      "to see",
      [
        ["", "to"],
        [" ", "see"],
      ],
    ],
  ];
  for (const [what, learnt, fields, text, expected] of cases) {
    test(what, async () => {
      const model = await modelOf(learnt, fields);
      const pieces = piecesOf(readActivations(model, text, { unknown: "skip" }), model.vocabulary.unit);
      expect(pieces.map(({ before, text }) => [before, text])).toEqual(expected);
    });
  }
});

test("unknown tokens are named once each, as the model reads them", async () => {
  expect(unknownTokens(await modelOf("abc"), "a?é?b")).toEqual(["?", "é"]);
  expect(unknownTokens(await modelOf("abc", { lowercase: true }), "AB")).toEqual([]);
  expect(unknownTokens(await modelOf("to be or", { unit: "word" }), "to see, or see,")).toEqual(["see,"]);
  expect(unknownTokens(await modelOf("abc", { unit: "byte" }), "é")).toEqual([]);
  expect(unknownTokens(await modelOf("to to be be or", { unit: "word", minCount: 2 }), "never seen")).toEqual([]);
});
