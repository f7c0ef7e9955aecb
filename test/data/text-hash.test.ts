import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { type CorpusSettings, corpusOf } from "../../src/data/corpus.ts";
import { textHash } from "../../src/data/text-hash.ts";

const SETTINGS: CorpusSettings = {
  unit: "char",
  examples: "stream",
  lowercase: false,
  minCount: 1,
  limit: Number.POSITIVE_INFINITY,
};

function hashOf(text: string, settings: Partial<CorpusSettings> = {}, fraction = 0): string {
  const corpus = corpusOf(text, { ...SETTINGS, ...settings });
  return textHash(corpus.vocabulary, ...corpus.text.split(fraction));
}

test("the hash is that of vocabulary, line starts and tokens, as it is written down", () => {
  const whole = (...parts: (string | Uint8Array)[]) =>
    parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");
  expect(hashOf("abcab")).toBe(whole('["a","b","c"]', Uint8Array.of(0, 0), Uint8Array.of(0, 1, 2, 0, 1)));
  const starts = new Uint8Array(Float64Array.of(0, 2, 4).buffer);
  // a line break begins and ends each line: "\n" a "\n" b "\n"
  expect(hashOf("a\nb", { examples: "lines" })).toBe(
    whole('["\\n","a","b"]', Uint8Array.of(0), starts, Uint8Array.of(0), Uint8Array.of(0, 1, 0, 2, 0)),
  );
});

test("tokens of up to 256 kinds take a byte each, of up to 65,536 two, of more four", () => {
  for (const [distinct, Width] of [
    [256, Uint8Array],
    [257, Uint16Array],
    [65_536, Uint16Array],
    [65_537, Uint32Array],
  ] as const) {
    const text = Array.from({ length: distinct }, (_, i) => `w${String(i).padStart(6, "0")}`).join(" ");
    const { vocabulary } = corpusOf(text, { ...SETTINGS, unit: "word" });
    const tokens = new Width(distinct).map((_: number, i: number) => i);
    const expected = createHash("sha256")
      .update(JSON.stringify(vocabulary.tokens))
      .update(Uint8Array.of(0, 0))
      .update(new Uint8Array(tokens.buffer));
    expect(hashOf(text, { unit: "word" })).toBe(expected.digest("hex"));
  }
});

test("any part that is kept to validate on leaves it, and any character changes it", () => {
  const text = "She sells\nsea shells\n".repeat(50);
  for (const settings of [{}, { examples: "lines" }, { examples: "lines", unit: "word" }, { unit: "byte" }] as const) {
    const whole = corpusOf(text, { ...SETTINGS, ...settings });
    expect(textHash(whole.vocabulary, whole.text)).toBe(hashOf(text, settings));
    for (const fraction of [0.1, 0.5]) expect(hashOf(text, settings, fraction)).toBe(hashOf(text, settings));
    expect(hashOf(text.replace("sea", "tea"), settings)).not.toBe(hashOf(text, settings));
    expect(hashOf(`${text}She`, settings)).not.toBe(hashOf(text, settings));
  }
});

test("a text of several blocks is hashed whole, wherever it is split", () => {
  const text = "abcdefgh".repeat((3 << 20) / 8 + 1);
  expect(hashOf(text, {}, 0.4)).toBe(hashOf(text));
  expect(hashOf(`${text.slice(0, -1)}a`)).not.toBe(hashOf(text));
});
