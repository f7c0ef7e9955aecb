import { expect, test } from "vitest";
import { parseJsonLines, WorkFolder } from "./command-line.ts";

const TEXT = "to be or not to be, that is the question\n".repeat(50);

/** What a run of one step says it will take, given what end and settings. */
function estimate(...args: string[]): { memoryBytes: number; seconds?: number } | undefined {
  const folder = new WorkFolder();
  folder.write("text.txt", TEXT);
  const { stdout, stderr, code } = folder.run("train", "text.txt", "--json", "--sample-every", "0", ...args);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  const [start] = parseJsonLines(stdout);
  expect(start.event).toBe("start");
  return start.estimate;
}

test("the estimate of time grows with the steps and with the passes over the text", () => {
  const ten = estimate("--steps", "10")!;
  const twenty = estimate("--steps", "20")!;
  expect(twenty.memoryBytes).toBe(ten.memoryBytes);
  expect(twenty.seconds! / ten.seconds!).toBeCloseTo(2, 6);
  // 2,050 characters are 82 steps of 25
  const pass = estimate("--epochs", "1")!;
  expect(pass.seconds! / ten.seconds!).toBeCloseTo(8.2, 1);
  expect(estimate("--epochs", "1", "--steps", "10")!.seconds).toBe(ten.seconds);
});

test("nobody can foresee a loss, and of the js backend nothing is estimated", () => {
  expect(estimate("--until-loss", "100")).not.toHaveProperty("seconds");
  expect(estimate("--steps", "1", "--backend", "js")).toBeUndefined();
});

test("the estimate of memory, made before there is a model, is what the model then has", () => {
  const folder = new WorkFolder();
  folder.write("text.txt", TEXT);
  const sizes = ["--cell", "lstm", "--layers", "2", "--batch", "3"];
  const { stderr } = folder.run("train", "text.txt", "--steps", "1", ...sizes);
  const [, has] = /^Memory: ([\d.]+) MB for the model/m.exec(stderr) ?? [];
  expect(estimate("--steps", "1", ...sizes)!.memoryBytes / 1e6).toBeCloseTo(Number(has), 1);
  expect(stderr).toMatch(/^On a typical machine this takes about [\d.]+ s\.$/m);
});

test("a model too large for any memory is refused with what it needs", () => {
  const folder = new WorkFolder();
  folder.write("text.txt", TEXT);
  const { code, stderr } = folder.run("train", "text.txt", "--hidden", "8000", "--layers", "9");
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/need more than the 4 GiB of a WebAssembly memory.*; these need 21\.\d GB\n$/);
});
