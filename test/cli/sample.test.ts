import { once } from "node:events";
import { expect, test } from "vitest";
import { WorkFolder } from "./command-line.ts";

const folder = new WorkFolder();
folder.write("count.txt", "one two three four five six seven\n".repeat(60));
folder.run("train", "count.txt", "--steps", "1500", "--hidden", "40", "-q", "--out", "model.safetensors");

test("sample writes the prime and what follows, exactly as long as asked", () => {
  const { code, stdout, stderr } = folder.run(
    ...["sample", "model.safetensors", "--prime", "one two ", "--temperature", "0", "--length", "15"],
  );
  expect(stderr).toBe("");
  expect(stdout).toBe("one two three four five");
  expect(code).toBe(0);
});

test("the same seed gives the same text; without a seed it is another each time", () => {
  const run = (...args: string[]) => folder.run("sample", "model.safetensors", "--temperature", "2", ...args).stdout;
  expect(run("--seed", "9")).toBe(run("--seed", "9"));
  expect([...run("--seed", "9")]).toHaveLength(500);
  expect(run()).not.toBe(run());
});

test("an unknown character of the prime is an error that says what to do, or skipped", () => {
  const prime = ["sample", "model.safetensors", "--prime", "one éwo ", "--temperature", "0", "--length", "4"];
  const { code, stdout, stderr } = folder.run(...prime);
  expect(stderr).toMatch(
    /^--prime: "é" \(U\+00E9\), character 5, is not in the model's vocabulary of \d+; use --unknown skip, or leave it out\n$/,
  );
  expect([code, stdout]).toEqual([1, ""]);
  expect(folder.run(...prime, "--unknown", "skip").stdout).toMatch(/^one wo /);
});

test("an endless stream ends quietly when its reader has enough", async () => {
  const child = folder.start("sample", "model.safetensors", "--length", "inf");
  let stderr = "";
  child.stderr.on("data", (data) => (stderr += data));
  let read = 0;
  for await (const chunk of child.stdout) {
    read += chunk.length;
    if (read > 50_000) break; // ends the iteration and closes the pipe
  }
  const [code] = await once(child, "exit");
  expect([code, stderr]).toEqual([0, ""]);
});

test("--count draws several samples, a line between two, each as its seed alone gives it", () => {
  const run = (...args: string[]) => folder.run("sample", "model.safetensors", "--length", "20", ...args).stdout;
  const three = run("--count", "3", "--seed", "5");
  expect(three.split(/\n?----\n/)).toEqual(["5", "6", "7"].map((seed) => run("--seed", seed).replace(/\n$/, "")));
});

test("--greedy, --until and the filters reach the sampler", () => {
  const run = (...args: string[]) => folder.run("sample", "model.safetensors", "--prime", "one ", ...args).stdout;
  expect(run("--greedy", "--until", "four")).toBe("one two three ");
  expect(run("--greedy", "--until", "four", "--until", "thr")).toBe("one two ");
  for (const filter of [
    ["--top-k", "1"],
    ["--top-p", "0.0001"],
    ["--min-p", "1"],
  ]) {
    expect(run(...filter, "--temperature", "2", "--length", "9")).toBe(run("--greedy", "--length", "9"));
  }
});
