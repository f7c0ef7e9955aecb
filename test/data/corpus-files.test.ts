/** A corpus from files of any size, as charloom/node has it. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type CorpusSettings, corpusOf } from "../../src/data/corpus.ts";
import { Vocabulary } from "../../src/data/vocabulary.ts";
import { FileError, readCorpus } from "../../src/node.ts";

const SETTINGS: CorpusSettings = {
  unit: "char",
  examples: "stream",
  lowercase: false,
  minCount: 1,
  limit: Number.POSITIVE_INFINITY,
};
/** Bytes that are read at a time. */
const PIECE = 1 << 20;

const folder = mkdtempSync(join(tmpdir(), "charloom-corpus-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
function fileOf(content: string | Uint8Array): string {
  const path = join(folder, `${files++}.txt`);
  writeFileSync(path, content);
  return path;
}

async function textOf(paths: readonly string[], fields: Partial<CorpusSettings> = {}, options = {}): Promise<string> {
  const { vocabulary, text } = await readCorpus(paths, { ...SETTINGS, ...fields }, options);
  return vocabulary.decode(text.tokens);
}

describe("files are read as one text", () => {
  test("in their order, whether of characters, words, bytes or lines", async () => {
    const paths = [fileOf("öne"), fileOf("two\n"), fileOf("three")];
    expect(await textOf(paths)).toBe("önetwo\nthree");
    expect(await textOf(paths, { unit: "word" })).toBe("öne two three");
    expect(await textOf(paths, { unit: "byte" })).toBe("önetwo\nthree");
    expect(await textOf(paths, { examples: "lines" })).toBe("\nöne\ntwo\nthree\n");
  });

  test("where a character or a word is cut by the end of a piece too", async () => {
    // the two bytes of é, and the word, stand on both sides of the cut
    const text = `${"a".repeat(PIECE - 7)} caf${"é".repeat(4)} end`;
    expect(new TextEncoder().encode(text)[PIECE - 1]).toBe(0xc3);
    const path = fileOf(text);
    const characters = await readCorpus([path], SETTINGS);
    expect(characters.vocabulary.decode(characters.text.tokens.slice(PIECE - 7))).toBe(" caféééé end");
    const { vocabulary } = await readCorpus([path], { ...SETTINGS, unit: "word" });
    expect(vocabulary.tokens.slice(1)).toEqual(["caféééé", "end"]);
    expect(vocabulary.tokens[0]).toHaveLength(PIECE - 7);
  });

  test("with CR LF as it is, or folded where that is asked for, across the cut and at the end of a file", async () => {
    expect(await textOf([fileOf("a\r\nb\rc")])).toBe("a\r\nb\rc");
    expect(await textOf([fileOf("a\r\nb\rc")], {}, { foldNewlines: true })).toBe("a\nb\rc");
    expect(await textOf([fileOf("a\r"), fileOf("\nb")], {}, { foldNewlines: true })).toBe("a\r\nb");
    const text = `${"a".repeat(PIECE - 1)}\r\nb`;
    for (const unit of ["char", "byte"] as const) {
      const read = await readCorpus([fileOf(text)], { ...SETTINGS, unit }, { foldNewlines: true });
      expect(read.text.tokens.length).toBe(PIECE + 1);
      expect(read.vocabulary.decode(read.text.tokens.slice(PIECE - 2))).toBe("a\nb");
    }
  });

  test("in the vocabulary of a model where one is given, as a text that is one string is", async () => {
    const vocabulary = new Vocabulary(["<unk>", "a", "z"]);
    const { text, vocabulary: used } = await readCorpus([fileOf("zab")], SETTINGS, { vocabulary });
    expect(used).toBe(vocabulary);
    expect([...text.tokens]).toEqual([...corpusOf("zab", SETTINGS, vocabulary).text.tokens]);
    expect([...text.tokens]).toEqual([2, 1, 0]);
    await expect(readCorpus([fileOf("ab")], SETTINGS, { vocabulary: new Vocabulary(["a"]) })).rejects.toThrow(
      'text: "b" (U+0062), distinct character 2, is not in the model\'s vocabulary of 1',
    );
  });
});

describe("what cannot be read is said with its name:", () => {
  test("no such file, or a folder", async () => {
    const none = join(folder, "none");
    await expect(readCorpus([none], SETTINGS)).rejects.toThrow(new FileError(`${none}: no such file`));
    await expect(readCorpus([folder], SETTINGS)).rejects.toThrow(`${folder}: expected a file, got a folder`);
    await expect(readCorpus([folder], SETTINGS)).rejects.toThrow(FileError);
  });

  test("an empty file, even beside one that is not", async () => {
    const empty = fileOf("");
    await expect(readCorpus([fileOf("text"), empty], SETTINGS)).rejects.toThrow(
      `${empty}: expected text, got an empty file`,
    );
  });

  test("bytes that are not UTF-8, by their place in their file; as bytes they are read", async () => {
    const path = fileOf(Buffer.concat([Buffer.alloc(PIECE + 3, "a"), Buffer.of(0xff)]));
    await expect(readCorpus([fileOf("text"), path], SETTINGS)).rejects.toThrow(
      `${path}: expected UTF-8 text, got the byte 0xff at offset ${PIECE + 3};`,
    );
    const { text } = await readCorpus([path], { ...SETTINGS, unit: "byte" });
    expect([text.tokens.length, text.tokens.at(PIECE + 3)]).toEqual([PIECE + 4, 255]);
  });

  test("a file that ends within a character", async () => {
    const path = fileOf(Buffer.from("aé").subarray(0, 2));
    await expect(readCorpus([path], SETTINGS)).rejects.toThrow(`${path}: expected UTF-8 text, got the byte 0xc3`);
  });
});

test("a signal ends the reading with its reason: before it begins, and between two pieces", async () => {
  const aborted = AbortSignal.abort(new Error("never mind"));
  await expect(readCorpus([join(folder, "none")], SETTINGS, { signal: aborted })).rejects.toThrow("never mind");
  // a file that is no UTF-8 at its end, which is not reached
  const path = fileOf(Buffer.concat([Buffer.alloc(3 * PIECE, "a"), Buffer.of(0xff)]));
  const controller = new AbortController();
  const reading = readCorpus([path], SETTINGS, { signal: controller.signal });
  controller.abort(new Error("enough"));
  await expect(reading).rejects.toThrow("enough");
});
