/** Links of runs: what goes in comes out, and what does not fit is refused in one line that says where. */

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MIN_CHAR_RNN, PRESETS } from "../../src/index.ts";
import { completeRecipe } from "../../src/model/recipe.ts";
import { OVERRIDABLE } from "../../src/train/recipe-changes.ts";
import { LINK_PREFIX, type SharedRun } from "../../web/protocol/keep.ts";
import { CHANGEABLE, decodeLink, encodeLink } from "../../web/worker/share-link.ts";

const HASH = "0123456789abcdef".repeat(4);

const RUN: SharedRun = {
  text: { builtin: "sonnets" },
  recipe: { ...MIN_CHAR_RNN, cell: "lstm", hiddenSize: 128, clipValue: Number.POSITIVE_INFINITY },
  changes: [
    { step: 0, fields: { learningRate: 0.2 } },
    { step: 500, fields: { learningRate: 0.05, clipValue: 1 } },
    { step: 500, fields: { clipValue: Number.POSITIVE_INFINITY } },
  ],
  step: 2000,
  hash: HASH,
};

/** A link of whatever JSON holds. */
function linkOf(content: unknown): string {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  return LINK_PREFIX + Buffer.from(text).toString("base64url");
}

/** What a link of RUN holds, as JSON. */
function contentOf(run: SharedRun): Record<string, unknown> {
  return JSON.parse(Buffer.from(encodeLink(run).slice(LINK_PREFIX.length), "base64url").toString());
}

function refusal(fragment: string): string {
  try {
    decodeLink(fragment);
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    const { message } = error as RangeError;
    expect(message).not.toContain("\n");
    expect(message.length).toBeLessThan(300);
    return message;
  }
  throw new Error("the link was taken");
}

describe("a link", () => {
  test("gives back the run that it was made of, bounds of none among it", () => {
    expect(decodeLink(encodeLink(RUN))).toEqual(RUN);
  });

  test("gives back a run on a text that does not come with the page", () => {
    const run = { ...RUN, text: { name: "Moby “Dick” 鯨.txt", sha256: HASH, tokens: 1_215_236, vocabularySize: 92 } };
    expect(decodeLink(encodeLink(run))).toEqual(run);
  });

  test.each(Object.entries(PRESETS))("gives back the whole recipe of preset %s", (_, { recipe }) => {
    const whole = completeRecipe(recipe);
    expect(decodeLink(encodeLink({ ...RUN, recipe: whole, changes: [] })).recipe).toEqual(whole);
  });

  test("keeps a field of min-char-rnn that the optimizer has another value of", () => {
    const recipe = completeRecipe({ optimizer: "adam", learningRate: MIN_CHAR_RNN.learningRate });
    expect(decodeLink(encodeLink({ ...RUN, recipe, changes: [] })).recipe.learningRate).toBe(0.1);
  });

  test("gives back any rate, to the bit", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (learningRate) => {
        const recipe = { ...MIN_CHAR_RNN, learningRate };
        expect(decodeLink(encodeLink({ ...RUN, recipe })).recipe.learningRate).toBe(learningRate + 0);
      }),
    );
  });

  test("tells only what differs, in letters that no program changes", () => {
    const link = encodeLink({ ...RUN, recipe: MIN_CHAR_RNN, changes: [] });
    expect(contentOf({ ...RUN, recipe: MIN_CHAR_RNN, changes: [] })).toEqual({
      version: 1,
      text: { builtin: "sonnets" },
      recipe: {},
      step: 2000,
      hash: HASH,
    });
    expect(link).toMatch(/^#run=[A-Za-z0-9_-]+$/);
    expect(link.length).toBeLessThan(250);
  });

  test("is not made of a run with more changes than it bears", () => {
    const changes = Array.from({ length: 501 }, (_, step) => ({ step, fields: { learningRate: 0.1 } }));
    expect(() => encodeLink({ ...RUN, changes })).toThrow("link: expected at most 500 changes on the way, got 501");
  });

  test("lets change on the way what a run lets change, but for the numerics", () => {
    expect([...CHANGEABLE, "numerics"].sort()).toEqual([...OVERRIDABLE].sort());
  });
});

describe("a link that is refused says why", () => {
  const content = contentOf(RUN);
  const withText = contentOf({ ...RUN, text: { name: "a.txt", sha256: HASH, tokens: 10, vocabularySize: 3 } });
  const text = withText.text as object;
  const recipe = content.recipe as object;

  const CASES: readonly [what: string, fragment: string, line: RegExp][] = [
    ["nothing", LINK_PREFIX, /^link: expected a whole one, got what cannot be read/],
    ["cut off", encodeLink(RUN).slice(0, -9), /^link: expected a whole one, got what cannot be read/],
    ["a stray letter", `${encodeLink(RUN)})`, /^link: letters: expected letters, digits, - and _ alone, got "\)"/],
    ["not UTF-8", LINK_PREFIX + Buffer.from([0xff, 0xfe]).toString("base64url"), /cannot be read/],
    ["too long", LINK_PREFIX + "A".repeat(20_000), /^link: length: expected at most 16000 characters, got 20005/],
    ["a list", linkOf([]), /^link: version: expected 1, got none/],
    ["null", linkOf(null), /^link: version: expected 1, got none/],
    ["a later version", linkOf({ ...content, version: 2 }), /^link: version: expected 1, got 2; another version/],
    ["a field too many", linkOf({ ...content, code: "x" }), /^link: code: expected no such field/],
    ["a field missing", linkOf({ ...content, hash: undefined }), /^link: hash: expected a value, got none/],
    ["a hash of another kind", linkOf({ ...content, hash: "abc" }), /^link: hash: expected/],
    ["an unknown corpus", linkOf({ ...content, text: { builtin: "bible" } }), /^link: text/],
    ["a text half told", linkOf({ ...content, text: { name: "a.txt" } }), /^link: text/],
    ["a name without end", linkOf({ ...withText, text: { ...text, name: "x".repeat(300) } }), /^link: text\.name/],
    ["half a step", linkOf({ ...content, step: 1.5 }), /^link: step: expected/],
    ["no step", linkOf({ ...content, step: 0 }), /^link: step: expected >=1, got 0/],
    [
      "a step beyond all patience",
      linkOf({ ...content, step: 1e12 }),
      /^link: step: expected <=1000000000, got 1000000000000/,
    ],
    [
      "an unknown setting",
      linkOf({ ...content, recipe: { ...recipe, speed: 9 } }),
      /^link: recipe\.speed: expected no such field/,
    ],
    [
      "a setting of another type",
      linkOf({ ...content, recipe: { hiddenSize: "9" } }),
      /^link: recipe\.hiddenSize: expected/,
    ],
    [
      "a setting out of range",
      linkOf({ ...content, recipe: { hiddenSize: 1e9 } }),
      /^link: recipe\.hiddenSize: expected a whole number from 1 to/,
    ],
    ["a cell that is none", linkOf({ ...content, recipe: { cell: 7 } }), /^link: recipe\.cell: expected/],
    [
      "an optimizer that is none",
      linkOf({ ...content, recipe: { optimizer: "magic" } }),
      /^link: recipe\.optimizer: expected/,
    ],
    [
      "null for a number that has no bound",
      linkOf({ ...content, recipe: { learningRate: null } }),
      /^link: recipe\.learningRate/,
    ],
    [
      "a schedule with more in it",
      linkOf({ ...content, recipe: { schedule: { kind: "constant", x: 1 } } }),
      /^link: recipe\.schedule\.x/,
    ],
    [
      "fused numerics",
      linkOf({ ...content, recipe: { numerics: "fused" } }),
      /^link: recipe\.numerics: expected strict, got fused/,
    ],
    [
      "the js backend",
      linkOf({ ...content, recipe: { backend: "js" } }),
      /^link: recipe\.backend: expected wasm, got js/,
    ],
    [
      "a change of what cannot",
      linkOf({ ...content, changes: [{ step: 1, fields: { hiddenSize: 9 } }] }),
      /^link: changes\.0\.fields: expected what may change while a run goes on, got hiddenSize/,
    ],
    [
      "a change out of range",
      linkOf({ ...content, changes: [{ step: 1, fields: { learningRate: -1 } }] }),
      /^link: changes\.0\.fields\.learningRate: expected/,
    ],
    [
      "changes out of order",
      linkOf({
        ...content,
        changes: [
          { step: 9, fields: {} },
          { step: 8, fields: {} },
        ],
      }),
      /^link: changes\.1\.step: expected a step from 9 to 1999, got 8/,
    ],
    [
      "a change after the end",
      linkOf({ ...content, changes: [{ step: 2000, fields: {} }] }),
      /^link: changes\.0\.step: expected a step from 0 to 1999, got 2000/,
    ],
    [
      "changes without end",
      linkOf({ ...content, changes: Array(600).fill({ step: 1, fields: {} }) }),
      /^link: (changes|length)/,
    ],
  ];

  test.each(CASES)("%s", (_, fragment, line) => {
    expect(refusal(fragment)).toMatch(line);
  });

  test("whatever bytes it has", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        refusal(LINK_PREFIX + Buffer.from(bytes).toString("base64url"));
      }),
    );
  });

  test("whatever JSON it has in the place of one of its values", () => {
    const places = fc.constantFrom(...Object.keys(content).filter((name) => name !== "changes"));
    fc.assert(
      fc.property(places, fc.jsonValue({ maxDepth: 3 }), (place, value) => {
        const fragment = linkOf({ ...content, [place]: value });
        try {
          decodeLink(fragment);
        } catch {
          refusal(fragment);
        }
      }),
    );
  });
});
