import { expect, test } from "vitest";
import { WorkFolder } from "./command-line.ts";

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
