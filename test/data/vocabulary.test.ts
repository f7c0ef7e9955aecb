/** Tokens of every unit: what a vocabulary takes, and how it speaks of what it does not know. */

import { describe, expect, test } from "vitest";
import { BYTE_NAMES, lowerCase, lowerCaseByte } from "../../src/data/unit.ts";
import { TokenWriter, UnknownTokenError, Vocabulary } from "../../src/data/vocabulary.ts";

const words = new Vocabulary(["a", "fine", "story"], "word");

describe("a vocabulary takes", () => {
  test("characters, of however many code units, and <unk>", () => {
    expect(new Vocabulary(["é", "\u{1F600}", "<unk>"]).unknown).toBe(2);
    for (const wrong of ["", "ab", "e\u0301", "<0x01>"]) {
      expect(() => new Vocabulary(["a", wrong]), wrong).toThrow(
        `vocabulary: token 1: expected a character, got ${JSON.stringify(wrong)}`,
      );
    }
  });

  test("words without white space", () => {
    for (const wrong of ["", " a", "a b", "a\n", "\u00a0"]) {
      expect(() => new Vocabulary([wrong], "word"), JSON.stringify(wrong)).toThrow(
        `vocabulary: token 0: expected a word, got ${JSON.stringify(wrong)}`,
      );
    }
  });

  test("all bytes in their order, or none", () => {
    expect(new Vocabulary(BYTE_NAMES, "byte").tokens).toEqual(Vocabulary.ofBytes().tokens);
    expect(() => new Vocabulary(BYTE_NAMES.slice(0, 255), "byte")).toThrow(
      "vocabulary: expected the 256 bytes, got 255 tokens",
    );
    expect(() => new Vocabulary(BYTE_NAMES.toReversed(), "byte")).toThrow(
      'vocabulary: token 0: expected a byte, got "<0xFF>"',
    );
  });

  test("a list that may change afterwards without it", () => {
    const tokens = ["a", "b"];
    const vocabulary = new Vocabulary(tokens);
    tokens.push("c");
    expect([vocabulary.size, vocabulary.tokens]).toEqual([2, ["a", "b"]]);
  });
});

test("what ends a line is the byte 10, the character, or, of words, nothing", () => {
  expect(Vocabulary.ofBytes().newline).toBe(10);
  expect(new Vocabulary(["a", "\n"]).newline).toBe(1);
  expect(new Vocabulary(["a"]).newline).toBeUndefined();
  expect(words.newline).toBeUndefined();
});

test("bytes are shown as printable ASCII where they are that, else by their names", () => {
  const bytes = Vocabulary.ofBytes();
  const shown = [0x1f, 0x20, 0x41, 0x7e, 0x7f, 0xe9].map((byte) => bytes.tokenText(byte));
  expect(shown).toEqual(["<0x1F>", " ", "A", "~", "<0x7F>", "<0xE9>"]);
  for (const wrong of [-1, 256, 0.5]) {
    expect(() => bytes.tokenText(wrong)).toThrow(`token: expected a whole number from 0 to 255, got ${wrong}`);
  }
});

describe("a token that is not known", () => {
  test("is an error with the token, its place and a code", () => {
    const error = (() => {
      try {
        words.encode("a  new\nstory", "prompt");
      } catch (error) {
        return error as UnknownTokenError;
      }
    })();
    expect(error).toBeInstanceOf(UnknownTokenError);
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ name: "UnknownTokenError", code: "ERR_UNKNOWN_TOKEN", token: "new", position: 2 });
    expect(error!.message).toBe(`prompt: "new", word 2, is not in the model's vocabulary of 3`);
  });

  test("is shown as a reader can find it: by its code alone where it cannot be seen, cut where it is long", () => {
    const shown = (token: string) => new UnknownTokenError("text", token, 1, words).message.replace(/, word.*/, "");
    expect(shown("é")).toBe('text: "é" (U+00E9)');
    expect(shown("7")).toBe('text: "7" (U+0037)');
    expect(shown("—")).toBe('text: "—" (U+2014)');
    expect(shown("€")).toBe('text: "€" (U+20AC)');
    expect(shown("\u{1F600}")).toBe('text: "\u{1F600}" (U+1F600)');
    for (const [unseen, code] of [
      ["\u00a0", "U+00A0"],
      ["\u200b", "U+200B"],
      ["\u0301", "U+0301"],
    ] as const)
      expect(shown(unseen)).toBe(`text: ${code}`);
    expect(shown("x".repeat(40))).toBe(`text: "${"x".repeat(40)}"`);
    expect(shown("\u{1F600}".repeat(41))).toBe(`text: "${"\u{1F600}".repeat(40)}…"`);
  });

  test("is left out where that is asked for, and <unk> where the vocabulary has that", () => {
    expect([...words.encode("a new story", "text", "skip")]).toEqual([0, 2]);
    const withUnknown = new Vocabulary(["story", "<unk>"], "word");
    for (const unknown of ["skip", "error"] as const) {
      expect([...withUnknown.encode("a new story", "text", unknown)]).toEqual([1, 1, 0]);
    }
  });
});

test("lower case is that of all letters, or, of bytes, of A to Z, so that other bytes stay what they are", () => {
  expect(lowerCase("@AZ[ÉΣ", "char")).toBe("@az[éς");
  expect(lowerCase("@AZ[ÉΣ", "word")).toBe("@az[éς");
  expect(lowerCase("@AZ[ÉΣ", "byte")).toBe("@az[ÉΣ");
  for (let byte = 0; byte < 256; byte++) {
    const expected = byte < 0x80 ? String.fromCharCode(byte).toLowerCase().charCodeAt(0) : byte;
    expect(lowerCaseByte(byte), BYTE_NAMES[byte]).toBe(expected);
  }
});

describe("tokens become text one by one:", () => {
  const written = (vocabulary: Vocabulary, indices: Iterable<number>, continues = false) => {
    const writer = new TokenWriter(vocabulary, continues);
    return [...[...indices].map((index) => writer.write(index)), writer.end()];
  };

  test("words with a space before each but the first, and before that too where words went before", () => {
    expect(written(words, [0, 1, 2])).toEqual(["a", " fine", " story", ""]);
    expect(written(words, [0, 1], true)).toEqual([" a", " fine", ""]);
  });

  test("bytes as soon as they complete a character, a byte order mark too; a character that was begun is U+FFFD", () => {
    const bytes = Vocabulary.ofBytes();
    expect(written(bytes, [0xef, 0xbb, 0xbf, 0x61])).toEqual(["", "", "\ufeff", "a", ""]);
    expect(written(bytes, [0x61, 0xc3, 0xa9, 0xe2, 0x82])).toEqual(["a", "", "é", "", "", "\ufffd"]);
  });

  test("characters as they are", () => {
    expect(written(new Vocabulary(["é", "\n"]), [1, 0])).toEqual(["\n", "é", ""]);
  });
});
