import { expect, test } from "vitest";
import { modelFromBytes } from "../../src/formats/model-file.ts";
import { score } from "../../src/sample/score.ts";
import { parseJsonLines, WorkFolder } from "./command-line.ts";

const folder = new WorkFolder();
const TEXT = "one two three four five six seven\n".repeat(60);
folder.write("count.txt", TEXT);
folder.run("train", "count.txt", "--steps", "1500", "--hidden", "40", "-q", "--out", "model.safetensors");

test("score tells a learnt text from a strange one", () => {
  folder.write("strange.txt", "xiw evne eht owt ruof\n");
  const bits = (file: string) =>
    Number(/bits per character +([\d.]+)/.exec(folder.run("score", "model.safetensors", file).stdout)?.[1]);
  expect(bits("count.txt")).toBeLessThan(0.5);
  expect(bits("strange.txt")).toBeGreaterThan(3);
});

test("score --json --per-token gives every token but the first, then the whole", () => {
  folder.write("short.txt", "one\n");
  const { code, stdout } = folder.run("score", "model.safetensors", "short.txt", "--json", "--per-token");
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(code).toBe(0);
  expect(lines.slice(0, 3).map(({ token }) => token)).toEqual(["n", "e", "\n"]);
  const sum = lines.slice(0, 3).reduce((total, { nats }) => total + nats, 0);
  expect(lines[3]).toMatchObject({ tokens: 3, nats: sum });
  expect(folder.run("score", "model.safetensors", "short.txt", "--per-token").stdout).toMatch(
    /^"n" +[\d.]+ nats {3}p /,
  );
});

test("score refuses what the model does not know, unless told to skip it", () => {
  folder.write("unknown.txt", "one Xwo\n");
  const { code, stderr } = folder.run("score", "model.safetensors", "unknown.txt");
  expect(stderr).toMatch(
    /^unknown\.txt: "X" \(U\+0058\), character 5, is not in the model's vocabulary of \d+; use --unknown skip, or leave it out\n$/,
  );
  expect(code).toBe(1);
  expect(folder.run("score", "model.safetensors", "unknown.txt", "--unknown", "skip").code).toBe(0);
  folder.write("one.txt", "o");
  expect(folder.run("score", "model.safetensors", "one.txt")).toMatchObject({
    code: 1,
    stderr: "one.txt: expected at least 2 characters, got 1\n",
  });
});

test("a model of bytes scores any file, as the text that it may be", async () => {
  folder.write("any.bin", Uint8Array.of(0xff, 0x0d, 0x0a, 0x41, 0x00, 0x80, 0x0a, 0xc3));
  folder.write("umlaut.txt", "Ärger\r\nÜber\r\n");
  for (const examples of ["stream", "lines"]) {
    const args = ["--unit", "byte", "--examples", examples, "--lowercase", "--steps", "3", "--hidden", "4"];
    folder.run("train", "any.bin", ...args, "-q", "--out", "bytes.safetensors");
    const scored = folder.shell("charloom score bytes.safetensors - --json --per-token < any.bin");
    expect([scored.code, scored.stderr]).toEqual([0, ""]);
    const tokens = parseJsonLines(scored.stdout).slice(0, -1);
    const [lead, line] = examples === "lines" ? [["<0xFF>"], ["<0x0A>"]] : [[], []];
    expect(tokens.map(({ token }) => token)).toEqual(
      [lead, "<0x0D>", "<0x0A>", "a", "<0x00>", "<0x80>", "<0x0A>", "<0xC3>", line].flat(),
    );
  }
  // the last one's, of lines
  const model = await modelFromBytes(folder.read("bytes.safetensors"));
  const args = ["score", "bytes.safetensors", "umlaut.txt", "--json"];
  expect(JSON.parse(folder.run(...args, "--normalize-newlines").stdout)).toEqual(score(model, "Ärger\nÜber\n"));
});

test("a score of lines counts the end of each, and reads each afresh", () => {
  folder.run("train", "count.txt", "--examples", "lines", "--steps", "9", "-q", "--out", "lines.safetensors");
  folder.write("lines.txt", "one\n\ntwo\none");
  const { code, stdout } = folder.run("score", "lines.safetensors", "lines.txt", "--per-token", "--json");
  expect(code).toBe(0);
  const tokens = parseJsonLines(stdout);
  const whole = tokens.pop();
  expect(tokens.map(({ token }) => token).join("")).toBe("one\ntwo\none\n");
  expect(tokens.slice(0, 4)).toEqual(tokens.slice(8));
  expect(whole.tokens).toBe(12);
  expect(whole.nats).toBeCloseTo(
    tokens.reduce((sum, { nats }) => sum + nats, 0),
    9,
  );
  for (const { nats, probability } of tokens) expect(Math.exp(-nats)).toBeCloseTo(probability, 12);
  folder.write("blank.txt", "\n\n");
  expect(folder.run("score", "lines.safetensors", "blank.txt").stderr).toBe(
    "blank.txt: expected a line of at least 1 character, got none\n",
  );
});

test("a score of words counts all but a text's first; of lines, as in training, the last is followed by it", () => {
  folder.write("words.txt", "one two three\nfour\nfive six\n");
  const tokens = (...args: string[]) => {
    folder.run("train", "count.txt", "--unit", "word", ...args, "--steps", "3", "-q", "--out", "words.safetensors");
    const { stdout } = folder.run("score", "words.safetensors", "words.txt", "--per-token", "--json");
    return parseJsonLines(stdout)
      .slice(0, -1)
      .map(({ token }) => token);
  };
  expect(tokens()).toEqual(["two", "three", "four", "five", "six"]);
  expect(tokens("--examples", "lines")).toEqual(["two", "three", "four", "five", "six", "one"]);
});
