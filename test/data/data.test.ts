import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { builtinCorpus } from "../../src/data/builtin-corpora.ts";
import { ChunkStream } from "../../src/data/chunk-stream.ts";
import { decodeUtf8, normalizeNewlines } from "../../src/data/text.ts";
import { TokenList } from "../../src/data/token-list.ts";
import { Vocabulary } from "../../src/data/vocabulary.ts";

describe("a vocabulary", () => {
  test("is sorted by code point, not by UTF-16 unit", () => {
    expect(Vocabulary.fromText("\u{1F600}\uFF5Eba\nb").tokens).toEqual(["\n", "a", "b", "\uFF5E", "\u{1F600}"]);
    const bounds = ["a", "\uD7FF", "\uE000", "\uFFFF", "\u{10000}", "\u{10FFFF}"];
    expect(Vocabulary.fromText(bounds.toReversed().join("")).tokens).toEqual(bounds);
    expect(Vocabulary.fromText("b abc a ab", "word").tokens).toEqual(["a", "ab", "abc", "b"]);
  });

  test("decodes what it encodes, astral characters, BOM and CR included", () => {
    const text = "\uFEFFnaïve 👩‍🔬\r\n日本語 𝔘\u0000";
    const vocabulary = Vocabulary.fromText(text);
    expect(vocabulary.decode(vocabulary.encode(text))).toBe(text);
    expect(vocabulary.encode(text)).toHaveLength([...text].length);
  });

  test("names the first character it does not know, and where it stands", () => {
    const vocabulary = Vocabulary.fromText("abc");
    expect(() => vocabulary.encode("ab\u{1F600}é", "prompt")).toThrow(
      'prompt: "\u{1F600}" (U+1F600), character 3, is not in the model\'s vocabulary of 3',
    );
    expect(() => vocabulary.encode("a\u0007")).toThrow("text: U+0007, character 2,");
    expect(vocabulary.decode(vocabulary.encode("aéb\u{1F600}c", "prompt", "skip"))).toBe("abc");
  });

  test("refuses tokens twice, none at all, and indices it does not have", () => {
    expect(() => new Vocabulary(["a", "b", "a"])).toThrow(RangeError);
    expect(() => new Vocabulary([])).toThrow(RangeError);
    expect(() => new Vocabulary(["a"]).decode([1])).toThrow("token: expected a whole number from 0 to 0, got 1");
  });
});

describe("UTF-8", () => {
  const bytes = (...values: number[]) => Uint8Array.from(values);

  test("keeps a BOM and carriage returns", () => {
    expect(decodeUtf8(bytes(0xef, 0xbb, 0xbf, 0x61, 0x0d, 0x0a), "file")).toBe("\uFEFFa\r\n");
  });

  const broken: [string, Uint8Array, number, string][] = [
    ["a lone continuation", bytes(0x61, 0x80), 1, "80"],
    ["Latin-1", bytes(0x61, 0x62, 0xe9, 0x20), 2, "e9"],
    ["a sequence cut at the end", bytes(0x61, 0xe2, 0x82), 1, "e2"],
    ["an overlong slash", bytes(0xc0, 0xaf), 0, "c0"],
    ["an overlong three-byte sequence", bytes(0xe0, 0x9f, 0xbf), 0, "e0"],
    ["an overlong four-byte sequence", bytes(0x20, 0xf0, 0x8f, 0xbf, 0xbf), 1, "f0"],
    ["a surrogate", bytes(0xed, 0xa0, 0x80), 0, "ed"],
    ["a code point above U+10FFFF", bytes(0xf4, 0x90, 0x80, 0x80), 0, "f4"],
    ["a byte that never occurs", bytes(0x61, 0xff), 1, "ff"],
  ];
  for (const [what, input, offset, byte] of broken) {
    test(`${what} is refused with its place`, () => {
      expect(() => decodeUtf8(input, "file")).toThrow(
        `file: expected UTF-8 text, got the byte 0x${byte} at offset ${offset};`,
      );
    });
  }

  test("is refused at the byte where the host's own decoder finds the last whole text to end, whatever the bytes", () => {
    // every bound of the standard's table of well-formed sequences, from both sides
    const bounds = [
      0x00, 0x61, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed,
    ];
    bounds.push(0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff);
    const host = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const decoded = (input: Uint8Array) => {
      try {
        return host.decode(input);
      } catch {
        return undefined;
      }
    };
    const anyBytes = fc.array(fc.constantFrom(...bounds), { minLength: 1, maxLength: 8 });
    // of random bytes few begin well
    const afterText = fc
      .tuple(fc.constantFrom("", "a", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\u{10000}", "\u{10ffff}"), anyBytes)
      .map(([text, rest]) => [...new TextEncoder().encode(text), ...rest]);
    fc.assert(
      fc.property(afterText, (values) => {
        const input = Uint8Array.from(values);
        const whole = decoded(input);
        if (whole !== undefined) {
          expect(decodeUtf8(input, "file")).toBe(whole);
          return;
        }
        let end = input.length - 1;
        while (decoded(input.subarray(0, end)) === undefined) end--;
        const byte = input[end]!.toString(16).padStart(2, "0");
        expect(() => decodeUtf8(input, "file")).toThrow(`got the byte 0x${byte} at offset ${end};`);
      }),
      { numRuns: 2000 },
    );
  });

  test("CR LF is folded on demand, a CR alone is not", () => {
    expect(normalizeNewlines("a\r\nb\rc\r\r\n")).toBe("a\nb\rc\r\n");
  });
});

describe("the chunks of a text", () => {
  const stream = (length: number, sequenceLength: number) =>
    new ChunkStream(TokenList.from(Array.from({ length }, (_, i) => i)), sequenceLength);

  test("are min-char-rnn's: targets one further, back to the start when position + T + 1 reaches the length", () => {
    const chunks = stream(12, 3);
    const starts = [];
    for (let i = 0; i < 7; i++) {
      const { tokens, targets, first } = chunks.next();
      expect([...targets]).toEqual([...tokens].map((token) => token + 1));
      starts.push([tokens[0], first]);
    }
    // 9 + 3 + 1 ≥ 12, so the chunk at 9 is not read
    expect(starts).toEqual([
      [0, true],
      [3, false],
      [6, false],
      [0, true],
      [3, false],
      [6, false],
      [0, true],
    ]);
  });

  test("of a text of exactly T + 1 tokens are always the first", () => {
    const chunks = stream(4, 3);
    expect([chunks.next(), chunks.next()].map(({ first, tokens }) => [first, ...tokens])).toEqual([
      [true, 0, 1, 2],
      [true, 0, 1, 2],
    ]);
    expect(chunks.epoch).toBe(2);
  });

  test("of a batch are contiguous slices of the text, one a row, read side by side", () => {
    const chunks = new ChunkStream(TokenList.from(Array.from({ length: 26 }, (_, i) => i)), 3, 2);
    // 25 pairs make two slices of 12: rows start at 0 and 12, and the chunks at 0, 3, 6 and 9 fit
    const read = Array.from({ length: 5 }, () => {
      const { tokens, targets, first } = chunks.next();
      expect([...targets]).toEqual([...tokens].map((token) => token + 1));
      return [first, ...tokens];
    });
    expect(read).toEqual([
      [true, 0, 12, 1, 13, 2, 14],
      [false, 3, 15, 4, 16, 5, 17],
      [false, 6, 18, 7, 19, 8, 20],
      [false, 9, 21, 10, 22, 11, 23],
      [true, 0, 12, 1, 13, 2, 14],
    ]);
  });

  test("need T + 1 tokens", () => {
    expect(() => stream(3, 3)).toThrow("text: expected at least 4 tokens, got 3");
  });

  test("peek tells the token that comes next", () => {
    const chunks = stream(12, 3);
    for (let i = 0; i < 9; i++) {
      const peeked = chunks.peek();
      const { tokens, first } = chunks.next();
      expect({ token: tokens[0], first }).toEqual(peeked);
    }
  });
});

describe("the corpora that come along", () => {
  test("sonnets: 154 of them", async () => {
    const text = await builtinCorpus("sonnets");
    expect(text.split("\n\n")).toHaveLength(154);
    expect(text.length).toBeGreaterThan(90_000);
  });

  test("dinosaurs: more than 1,300 lower-cased names", async () => {
    const names = (await builtinCorpus("dinosaurs")).trimEnd().split("\n");
    expect(names.length).toBeGreaterThan(1300);
    expect(names.every((name) => name !== "" && name === name.toLowerCase())).toBe(true);
  });

  test("others are refused", async () => {
    await expect(builtinCorpus("hamlet")).rejects.toThrow('corpus: expected sonnets or dinosaurs, got "hamlet"');
  });
});
