import { describe, expect, test } from "vitest";
import { UNITS } from "../../src/data/unit.ts";
import { modelFromBytes } from "../../src/formats/model-file.ts";
import { parameterHash } from "../../src/model/parameter-hash.ts";
import type { Recipe } from "../../src/model/recipe.ts";
import { createTrainer } from "../../src/train/trainer.ts";
import { parseJsonLines, WorkFolder } from "./command-line.ts";

const folder = new WorkFolder();
const STEPS = ["--steps", "6", "--hidden", "4", "--json", "--sample-every", "0", "--out", "model.safetensors"];

/** Trains a little; what the run said of the text, the vocabulary, and the parameters' hash. */
async function train(...args: string[]) {
  return outcome(folder.run("train", ...args, ...STEPS));
}

/** The same of a shell's command line, which ends in the options of `charloom train`. */
async function trainInShell(line: string) {
  return outcome(folder.shell(`${line} ${STEPS.join(" ")}`));
}

async function outcome({ code, stdout, stderr }: { code: number | null; stdout: string; stderr: string }) {
  expect([code, stderr]).toEqual([0, ""]);
  const [{ corpus, tokens }] = parseJsonLines(stdout);
  const { vocabulary, engine } = await modelFromBytes(folder.read("model.safetensors"));
  return { corpus, tokens, vocabulary: vocabulary.tokens, hash: await parameterHash(engine) };
}

/** What the library trains on a text. */
async function hashOfText(text: string, fields: Partial<Recipe> = {}): Promise<string> {
  const trainer = await createTrainer(text, { ...fields, hiddenSize: 4 });
  for (let i = 0; i < 6; i++) trainer.step();
  return parameterHash(trainer.model.engine);
}

const POEM = "Über allen Gipfeln\nIst Ruh,\n\nIn allen Wipfeln\nSpürest du\n";
folder.write("poem.txt", POEM);
folder.write("latin.txt", "ab");
folder.write("greek.txt", "γδ");
folder.write("crlf.txt", POEM.replaceAll("\n", "\r\n"));

test("standard input gives what the file gives, alone and among files", async () => {
  const hash = await hashOfText(POEM);
  expect(await train("poem.txt")).toMatchObject({ corpus: "poem.txt", hash });
  const slow = "{ head -c 1 poem.txt; sleep 0.05; tail -c +2 poem.txt; }"; // "Ü" comes in two pieces
  expect(await trainInShell(`${slow} | charloom train -`)).toMatchObject({ corpus: "standard input", hash });
  expect(await trainInShell("cat greek.txt | charloom train latin.txt - latin.txt")).toMatchObject({
    corpus: "latin.txt and 2 more files",
    hash: await hashOfText("abγδab"),
  });
});

test("several files are one stream, cut nowhere, as cat has it", async () => {
  const characters = await train("latin.txt", "greek.txt");
  expect(characters).toEqual({
    corpus: "latin.txt and 1 more file",
    tokens: 3,
    vocabulary: ["a", "b", "γ", "δ"],
    hash: await hashOfText("abγδ"),
  });
});

test("a file without a line break at its end does not run into the next one's first line or word", async () => {
  const lines = await train("latin.txt", "greek.txt", "--examples", "lines");
  expect(lines.tokens).toBe(6); // each line with its end
  expect(lines.hash).toBe(await hashOfText("ab\nγδ\n", { examples: "lines" }));
  const words = await train("latin.txt", "greek.txt", "--unit", "word");
  expect(words.vocabulary).toEqual(["ab", "γδ"]);
});

test("--unit byte reads any file at all", async () => {
  folder.write(
    "every.bin",
    Uint8Array.from({ length: 512 }, (_, i) => (i * 7) % 256),
  );
  folder.write("half.bin", Uint8Array.of(0xce)); // the first byte of γ
  const read = await train("half.bin", "every.bin", "--unit", "byte");
  expect(read.tokens).toBe(512);
  expect(read.vocabulary).toHaveLength(256);
  folder.write("break.bin", Uint8Array.of(0xff, 0x0a, 0x00, 0x0d, 0x0a, 0x0a, 0x80)); // lines of 1, 2, 0 and 1 bytes
  expect((await train("break.bin", "--unit", "byte", "--examples", "lines")).tokens).toBe(2 + 3 + 2);
});

describe("--normalize-newlines trains on CR LF what LF gives", () => {
  for (const unit of UNITS) {
    const examples = unit === "byte" ? "stream" : "lines";
    test(`${unit}, ${examples}`, async () => {
      const args = ["--unit", unit, "--examples", examples, "--normalize-newlines"];
      const { hash } = await train("crlf.txt", ...args);
      expect(hash).toBe(await hashOfText(POEM, { unit, examples }));
    });
  }
});

test("--normalize-newlines leaves a CR alone that no LF follows, also where pieces meet", async () => {
  const piped = "{ printf 'a\\rb\\r\\r\\nc\\r'; sleep 0.05; printf '\\nd\\r'; }";
  const { hash } = await trainInShell(`${piped} | charloom train --normalize-newlines -`);
  expect(hash).toBe(await hashOfText("a\rb\r\nc\nd\r"));
});

describe("--lowercase trains on what lower case makes of the text", () => {
  for (const unit of UNITS) {
    test(unit, async () => {
      const lower = unit === "byte" ? POEM.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : POEM.toLowerCase();
      expect(lower.startsWith(unit === "byte" ? "Ü" : "ü")).toBe(true); // bytes: A to Z alone
      expect((await train("poem.txt", "--unit", unit, "--lowercase")).hash).toBe(await hashOfText(lower, { unit }));
    });
  }
});

test("--min-count folds what is rarer into <unk>, and the model then knows every token", async () => {
  folder.write("counts.txt", "x y x z x y w\n");
  const words = await train("counts.txt", "--unit", "word", "--min-count", "2");
  expect(words).toMatchObject({ tokens: 6, vocabulary: ["<unk>", "x", "y"] });
  expect(folder.run("predict", "model.safetensors", "x zebra y").stdout).toMatch(/^x → .+\n<unk> → .+\ny → .+\n$/);
});

test("--limit takes the first tokens or lines, with the vocabulary of the whole text", async () => {
  const whole = [...new Set(POEM)].sort();
  const characters = await train("poem.txt", "--limit", "10");
  expect(characters).toMatchObject({ tokens: 9, vocabulary: whole });
  const lines = await train("poem.txt", "--examples", "lines", "--limit", "2");
  expect(lines).toMatchObject({ tokens: "Über allen Gipfeln\nIst Ruh,\n".length, vocabulary: whole });
});

test("blank lines are no examples, but characters of a stream", async () => {
  folder.write("gaps.txt", "\n\nab\n\n\nb\n\n");
  const lines = await train("gaps.txt", "--examples", "lines");
  expect(lines).toMatchObject({ tokens: 3 + 2, hash: await hashOfText("ab\nb\n", { examples: "lines" }) });
  expect(await train("gaps.txt")).toMatchObject({ tokens: 9, vocabulary: ["\n", "a", "b"] });
});

test("nothing on standard input is an error that says so", () => {
  const before = folder.snapshot();
  for (const command of ["train poem.txt -", "score model.safetensors -"]) {
    const { code, stdout, stderr } = folder.shell(`charloom ${command} < /dev/null`);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toBe("standard input: expected text, got nothing\n");
  }
  const blank = folder.shell("printf '\\n \\n' | charloom train - --unit word --examples lines");
  expect(blank.stderr).toBe("standard input: expected at least 1 line that is not blank, got none\n");
  expect(folder.snapshot()).toEqual(before);
});
