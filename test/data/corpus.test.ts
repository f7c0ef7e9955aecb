import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Corpus, CorpusBuilder, type CorpusSettings, corpusOf } from "../../src/data/corpus.ts";
import {
  decodeUtf8,
  NewlineFolder,
  normalizeNewlineBytes,
  normalizeNewlines,
  Utf8Decoder,
} from "../../src/data/text.ts";
import { UNITS } from "../../src/data/unit.ts";
import { Vocabulary } from "../../src/data/vocabulary.ts";

const SETTINGS: CorpusSettings = {
  unit: "char",
  examples: "stream",
  lowercase: false,
  minCount: 1,
  limit: Number.POSITIVE_INFINITY,
};

/** Texts with what breaks tokenizers: astral characters, line ends of both kinds, blank lines, final sigmas. */
const texts = fc
  .array(
    fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 6 }),
      fc.constantFrom(" ", "\n", "\r\n", "\r", "\t", "ΟΔΟΣ", "İ", "😀", "<unk>", "a", "B b", "\u3000", "\ufeff"),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(""));

const settings = fc.record({
  unit: fc.constantFrom(...UNITS),
  examples: fc.constantFrom("stream" as const, "lines" as const),
  lowercase: fc.boolean(),
  minCount: fc.constantFrom(1, 2, 3),
  limit: fc.constantFrom(2, 7, Number.POSITIVE_INFINITY),
});

/** What a corpus is, or the error that it cannot be made. */
function contentOf(make: () => Corpus): unknown {
  try {
    const { vocabulary, text } = make();
    return { vocabulary: vocabulary.tokens, tokens: [...text.tokens], starts: text.starts && [...text.starts] };
  } catch (error) {
    return (error as Error).message;
  }
}

/** The bytes of a text in pieces of the given sizes, over and over. */
function* pieces(text: string, sizes: readonly number[]): Generator<Uint8Array, void, void> {
  const bytes = new TextEncoder().encode(text);
  for (let start = 0, i = 0; start < bytes.length; start += sizes[i++ % sizes.length]!) {
    yield bytes.subarray(start, start + sizes[i % sizes.length]!);
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

describe("decoding what was encoded", () => {
  test("gives any text of characters or bytes again", () => {
    fc.assert(
      fc.property(fc.constantFrom("char" as const, "byte" as const), texts, (unit, text) => {
        fc.pre(text !== "");
        const vocabulary = Vocabulary.fromText(text, unit);
        expect(vocabulary.decode(vocabulary.encode(text))).toBe(text);
      }),
    );
  });

  test("gives a text of words again, with single spaces between them", () => {
    fc.assert(
      fc.property(texts, (text) => {
        fc.pre(text.trim() !== "");
        const vocabulary = Vocabulary.fromText(text, "word");
        expect(vocabulary.decode(vocabulary.encode(text))).toBe(text.trim().replace(/\s+/gu, " "));
      }),
    );
  });

  test("of a corpus gives its text", () => {
    fc.assert(
      fc.property(texts, (text) => {
        fc.pre([...text].length > 1);
        const { vocabulary, text: tokenized } = corpusOf(text, SETTINGS);
        expect(vocabulary.decode(tokenized.tokens)).toBe(text);
      }),
    );
  });
});

test("a stream of several blocks, with ever more characters, gives its text again", () => {
  // 2²⁰ tokens a block: the first widens at its end, the next begins wide, and what is rare stands at the seams
  const text = `${"ab\n".repeat(349_500)}${String.fromCodePoint(...Array.from({ length: 400 }, (_, i) => 0x4e00 + i))}${"😀ab".repeat(400_000)}c`;
  const { vocabulary, text: tokenized } = corpusOf(text, SETTINGS);
  expect(tokenized.tokens.length).toBe(3 * 349_500 + 400 + 3 * 400_000 + 1);
  expect(vocabulary.size).toBe(405);
  expect(vocabulary.decode(tokenized.tokens) === text).toBe(true);
  const limited = corpusOf(text, { ...SETTINGS, limit: 1_048_577 });
  expect(limited.text.tokens.length).toBe(1_048_577);
  expect([...limited.text.tokens.slice(1_048_400)]).toEqual([...tokenized.tokens.slice(1_048_400, 1_048_577)]);
});

test("a vocabulary is in the order of code points", () => {
  fc.assert(
    fc.property(texts, fc.constantFrom("char" as const, "word" as const), (text, unit) => {
      fc.pre(text.trim() !== "");
      const points = Vocabulary.fromText(text, unit).tokens.map((token) => [...token].map((c) => c.codePointAt(0)!));
      for (const [i, token] of points.entries()) {
        const next = points[i + 1];
        if (next === undefined) continue;
        const differs = token.findIndex((point, j) => point !== next[j]);
        if (differs >= 0) expect(token[differs]).toBeLessThan(next[differs] ?? Number.NEGATIVE_INFINITY);
        else expect(token.length).toBeLessThan(next.length);
      }
    }),
  );
});

test("a corpus is the same in whatever pieces its text comes", () => {
  fc.assert(
    fc.property(texts, settings, sizes, (text, chosen, pieceSizes) => {
      const inPieces = () => {
        const builder = new CorpusBuilder(chosen);
        const decoder = new Utf8Decoder("text");
        for (const piece of pieces(text, pieceSizes)) {
          if (chosen.unit === "byte") builder.addBytes(piece);
          else builder.addText(decoder.write(piece));
        }
        builder.endFile();
        return builder.finish();
      };
      expect(contentOf(inPieces)).toEqual(contentOf(() => corpusOf(text, chosen)));
    }),
    { numRuns: 300 },
  );
});

test("lower case is that of the whole text: a sigma at the end of a word is another one", () => {
  const { vocabulary, text } = corpusOf("ΟΔΟΣ ΣΑΣ\nΑΣ", { ...SETTINGS, lowercase: true });
  expect(vocabulary.decode(text.tokens)).toBe("οδος σας\nας");
  const bytes = corpusOf("AÉz", { ...SETTINGS, unit: "byte", lowercase: true });
  expect(bytes.vocabulary.decode(bytes.text.tokens)).toBe("aÉz");
});

test("lower case looks beyond a byte order mark, which is white space, wherever the text is cut", () => {
  for (const cut of [["ΑΣ\ufeffΑ Β"], ["ΑΣ", "\ufeffΑ Β"], ["ΑΣ\ufeff", "Α Β"], ["ΑΣ\ufeffΑ ", "Β"]]) {
    const builder = new CorpusBuilder({ ...SETTINGS, lowercase: true });
    for (const piece of cut) builder.addText(piece);
    builder.endFile();
    const { vocabulary, text } = builder.finish();
    expect(vocabulary.decode(text.tokens)).toBe("ασ\ufeffα β");
  }
});

describe("a stream", () => {
  const abc = (fields: Partial<CorpusSettings> = {}) => corpusOf("abcabcabca", { ...SETTINGS, ...fields });

  test("has a target for all tokens but the last, and no lines", () => {
    const { text } = abc();
    expect([text.tokens.length, text.targets, text.lines, text.bytes]).toEqual([10, 9, undefined, 10]);
    expect(text.split(0.95)[0].targets).toBe(0);
    expect(text.split(1)[0].targets).toBe(0);
  });

  test("is split from the part to validate on at a token", () => {
    const { vocabulary, text } = abc();
    const parts = (fraction: number) => text.split(fraction).map(({ tokens }) => vocabulary.decode(tokens));
    expect(parts(0.25)).toEqual(["abcabcab", "ca"]);
    expect(parts(0)).toEqual(["abcabcabca", ""]);
  });

  test("is cut by a limit in tokens, of which the vocabulary knows nothing", () => {
    for (const unit of ["char", "byte"] as const) {
      const { vocabulary, text } = abc({ limit: 2, unit });
      expect(vocabulary.decode(text.tokens)).toBe("ab");
      expect(vocabulary.indexOf(unit === "char" ? "c" : "<0x63>")).toBeDefined();
    }
    const words = corpusOf("a b\nc\nd", { ...SETTINGS, unit: "word", limit: 3 });
    expect(words.vocabulary.decode(words.text.tokens)).toBe("a b c");
  });

  test("needs two tokens", () => {
    for (const [text, unit, noun] of [
      ["a", "char", "characters"],
      ["word ", "word", "words"],
      ["a", "byte", "bytes"],
    ] as const) {
      expect(() => corpusOf(text, { ...SETTINGS, unit })).toThrow(`text: expected at least 2 ${noun}, got 1`);
    }
  });
});

describe("an example a line", () => {
  const lines = (text: string, fields: Partial<CorpusSettings> = {}) => {
    const { vocabulary, text: tokenized } = corpusOf(text, { ...SETTINGS, examples: "lines", ...fields });
    const starts = [...tokenized.starts!];
    const all = [...tokenized.tokens];
    return starts.slice(0, -1).map((start, i) => ({
      inputs: vocabulary.decode(all.slice(start, starts[i + 1])),
      targets: vocabulary.decode(all.slice(start + 1, starts[i + 1]! + 1)),
    }));
  };

  test("of characters begins and ends with the line break; blank lines are left out", () => {
    for (const text of ["ab\n\nc\n", "\nab\nc"]) {
      expect(lines(text)).toEqual([
        { inputs: "\nab", targets: "ab\n" },
        { inputs: "\nc", targets: "c\n" },
      ]);
    }
  });

  test("needs one that is not blank", () => {
    for (const unit of UNITS) {
      const blank = unit === "word" ? " \n\t\n" : "\n\n";
      expect(() => lines(blank, { unit })).toThrow("text: expected at least 1 line that is not blank, got none");
      expect(lines("a", { unit })).toHaveLength(1);
    }
  });

  test("takes its start beside its tokens", () => {
    const { text } = corpusOf("ab\nc", { ...SETTINGS, examples: "lines" });
    expect(text.bytes).toBe(text.tokens.length + 8 * text.starts!.length);
  });

  test("of bytes does too", () => {
    expect(lines("é\n", { unit: "byte" })).toEqual([{ inputs: "\né", targets: "é\n" }]);
  });

  test("of words ends with the next line's first word, the last with the first's", () => {
    expect(lines("a b c\n \n d e\n", { unit: "word" })).toEqual([
      { inputs: "a b c", targets: "b c d" },
      { inputs: "d e", targets: "e a" },
    ]);
  });

  test("is cut by a limit in lines, of which the vocabulary knows nothing", () => {
    expect(lines("a\nb\nc\n", { limit: 2 }).map(({ inputs }) => inputs)).toEqual(["\na", "\nb"]);
    expect(corpusOf("a\nb\nc\n", { ...SETTINGS, examples: "lines", limit: 2 }).vocabulary.size).toBe(4);
    expect(lines("a b\nc\nd\n", { unit: "word", limit: 2 })).toEqual([
      { inputs: "a b", targets: "b c" },
      { inputs: "c", targets: "a" },
    ]);
  });

  test("is split from those to validate on between two lines", () => {
    const { vocabulary, text } = corpusOf("a\nb\nc\nd\ne\n", { ...SETTINGS, examples: "lines" });
    const [training, validation] = text.split(0.4);
    expect([training.lines, validation.lines]).toEqual([3, 2]);
    expect(vocabulary.tokenText(validation.tokens.at(validation.starts![0]! + 1))).toBe("d");
    expect([training.targets, validation.targets]).toEqual([6, 4]);
  });
});

describe("rare tokens", () => {
  test("become <unk>, and what a model does not know is read as it", () => {
    const { vocabulary, text } = corpusOf("a b a c a b", { ...SETTINGS, unit: "word", minCount: 2 });
    expect(vocabulary.tokens).toEqual(["<unk>", "a", "b"]);
    expect(vocabulary.decode(text.tokens)).toBe("a b a <unk> a b");
    expect(vocabulary.decode(vocabulary.encode("b new a"))).toBe("b <unk> a");
  });

  test("are never the line break that ends an example, nor bytes", () => {
    const { vocabulary } = corpusOf("aa", { ...SETTINGS, examples: "lines", minCount: 2 });
    expect(vocabulary.tokens).toEqual(["\n", "<unk>", "a"].sort());
    // of a stream it is a character like any other
    expect(corpusOf("a\na", { ...SETTINGS, minCount: 2 }).vocabulary.tokens).toEqual(["<unk>", "a"]);
    const bytes = corpusOf("abc", { ...SETTINGS, unit: "byte", minCount: 3 });
    expect(bytes.vocabulary.unknown).toBeUndefined();
    expect(bytes.vocabulary.decode(bytes.text.tokens)).toBe("abc");
  });

  test("cannot be all there are", () => {
    const rare = (fields: Partial<CorpusSettings>) => corpusOf("a b\nc", { ...SETTINGS, minCount: 3, ...fields });
    expect(() => rare({ unit: "word" })).toThrow("minCount: expected some word to occur 3 times, got none");
    expect(() => rare({ examples: "lines" })).toThrow("minCount: expected some character to occur 3 times, got none");
  });

  test("of a text that has <unk> as a word itself are the same token", () => {
    const { vocabulary } = corpusOf("the <unk> of the", { ...SETTINGS, unit: "word" });
    expect(vocabulary.decode(vocabulary.encode("the end"))).toBe("the <unk>");
  });
});

test("files are read one after another: lines and words end with theirs, a stream does not", () => {
  const read = (fields: Partial<CorpusSettings>) => {
    const builder = new CorpusBuilder({ ...SETTINGS, ...fields });
    for (const text of ["one", "two"]) {
      builder.addText(text);
      builder.endFile();
    }
    const { vocabulary, text } = builder.finish();
    return vocabulary.decode(text.tokens);
  };
  expect(read({})).toBe("onetwo");
  expect(read({ unit: "word" })).toBe("one two");
  expect(read({ examples: "lines" })).toBe("\none\ntwo\n");
});

test("a surrogate that stands alone is a character of its own, and no part of another", () => {
  const text = "\ud83d\ud83d\ude00";
  const { vocabulary, text: tokenized } = corpusOf(text, SETTINGS);
  expect(tokenized.tokens.length).toBe(2);
  expect(vocabulary.decode(tokenized.tokens)).toBe(text);
});

describe("bytes in pieces", () => {
  test("decode as they do at once, or are refused at the same byte", () => {
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      texts.map((text) => new TextEncoder().encode(text)),
    );
    const outcome = (decode: () => string) => {
      try {
        return decode();
      } catch (error) {
        return (error as Error).message;
      }
    };
    fc.assert(
      fc.property(anyBytes, sizes, (bytes, pieceSizes) => {
        const inPieces = () => {
          const decoder = new Utf8Decoder("text");
          let text = "";
          for (let start = 0, i = 0; start < bytes.length; start += pieceSizes[i++ % pieceSizes.length]!) {
            text += decoder.write(bytes.subarray(start, start + pieceSizes[i % pieceSizes.length]!));
          }
          return text + decoder.end();
        };
        expect(outcome(inPieces)).toBe(outcome(() => decodeUtf8(bytes, "text")));
      }),
      { numRuns: 500 },
    );
  });

  test("fold CR LF as the whole text does", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("\r", "\n", "a"), maxLength: 20 }), sizes, (text, pieceSizes) => {
        const folder = new NewlineFolder();
        let folded = "";
        for (const piece of pieces(text, pieceSizes)) folded += new TextDecoder().decode(folder.write(piece));
        expect(folded + new TextDecoder().decode(folder.end())).toBe(normalizeNewlines(text));
        const bytes = new TextEncoder().encode(text);
        expect(new TextDecoder().decode(normalizeNewlineBytes(bytes))).toBe(normalizeNewlines(text));
      }),
    );
  });
});
