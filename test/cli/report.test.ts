import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { entry, logOf, logOfSteps } from "../report/log-lines.ts";
import { WorkFolder } from "./command-line.ts";

const folder = new WorkFolder();
const LOG = logOfSteps(30, (step) => (step % 10 === 0 ? { sample: `sample ${step}` } : {}));
folder.write("run.jsonl", LOG);

test("the log that train writes makes a page", () => {
  const own = new WorkFolder();
  own.write("text.txt", "round and round the rugged rock\n".repeat(40));
  const args = ["--steps", "40", "--hidden", "8", "--val-fraction", "0.2", "--eval-every", "10", "--log", "text.jsonl"];
  expect(own.run("train", "text.txt", ...args, "-q").code).toBe(0);
  const { code, stdout, stderr } = own.run("report", "text.jsonl");
  expect(stderr).toMatch(/^Wrote text\.html \(\d+ KB\): 40 steps[^\n]*\.\n$/);
  expect(stdout).toBe("");
  expect(code).toBe(0);
  const page = own.read("text.html").toString();
  expect(page).toMatch(/^<!DOCTYPE html>/);
  expect(page).toContain("Best validation loss");
});

test("the page goes into this folder, under the log's name, and never over another file", () => {
  const own = new WorkFolder();
  mkdirSync(join(own.path, "logs"));
  own.write("logs/a.jsonl", LOG);
  own.write("a.html", "mine");
  expect(own.run("report", "logs/a.jsonl").stderr).toMatch(/^Wrote a-2\.html /);
  expect(own.run("report", "logs/a.jsonl").stderr).toMatch(/^Wrote a-3\.html /);
  expect(own.read("a.html").toString()).toBe("mine");
  expect(own.read("a-2.html")).toEqual(own.read("a-3.html"));
  expect(own.read("a-2.html").toString()).not.toContain("logs/"); // where a log lies is nobody's business
});

test("--out names the file, over another if need be", () => {
  const own = new WorkFolder();
  own.write("run.jsonl", LOG);
  own.write("page.html", "old");
  expect(own.run("report", "run.jsonl", "--out", "page.html").stderr).toMatch(/^Wrote page\.html /);
  expect(own.read("page.html").toString()).toMatch(/^<!DOCTYPE html>/);
});

test("--out - writes the page, and nothing else, to standard output", () => {
  const { code, stdout, stderr } = folder.run("report", "run.jsonl", "--out", "-");
  expect(code).toBe(0);
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^<!DOCTYPE html>[\s\S]*<\/html>\n$/);
  expect(stdout).toContain("sample 30");
});

test("- reads standard input", () => {
  const own = new WorkFolder();
  own.write("run.jsonl", LOG);
  expect(own.shell("cat run.jsonl | charloom report -").stderr).toMatch(
    /^Wrote report\.html .* 30 steps, 3 samples\.\n$/,
  );
  expect(own.shell("charloom report - --out - < run.jsonl").stdout).toContain("Made from standard input by charloom");
});

test("a log of a run that goes on leaves out its last, unfinished line", () => {
  folder.write("cut.jsonl", LOG.slice(0, -10));
  expect(folder.run("report", "cut.jsonl").stderr).toContain(": 29 steps, 2 samples.");
});

test("a long log is read in pieces, in seconds", () => {
  const own = new WorkFolder();
  const line = (step: number) => logOf(entry(step, step % 1000 === 0 ? { sample: "é".repeat(200) } : {}));
  own.write("long.jsonl", Array.from({ length: 300_000 }, (_, i) => line(i + 1)).join(""));
  const started = performance.now();
  const { stderr, code } = own.run("report", "long.jsonl");
  expect(code).toBe(0);
  expect(stderr).toContain("300,000 steps, 300 samples.");
  expect(performance.now() - started).toBeLessThan(20_000);
  expect(own.read("long.html").length).toBeLessThan(300_000);
});

describe("bad input gets one clear line and changes nothing", () => {
  mkdirSync(join(folder.path, "folder"));
  symlinkSync("run.jsonl", join(folder.path, "link.jsonl"));
  folder.write("empty.jsonl", "");
  folder.write("damaged.jsonl", `${LOG}{"step":31,"loss":"low"}\n`);
  folder.write("text.jsonl", "some text\nand more\n");
  folder.write(
    "binary.jsonl",
    Uint8Array.from({ length: 5000 }, (_, i) => (i * 137) & 255),
  );
  const cases: [string, string[], number, RegExp][] = [
    ["a missing log", ["nowhere.jsonl"], 1, /^nowhere\.jsonl: no such file$/],
    ["a folder", ["folder"], 1, /^folder: expected a file, got a folder$/],
    ["an empty log", ["empty.jsonl"], 1, /^empty\.jsonl: expected a line for each step, got none$/],
    ["a damaged line", ["damaged.jsonl"], 1, /^damaged\.jsonl: line 31: expected "loss" to be a number, got "low"$/],
    ["a text", ["text.jsonl"], 1, /^text\.jsonl: line 1: expected a JSON object, got "some text"$/],
    ["bytes", ["binary.jsonl"], 1, /^binary\.jsonl: line 1: expected UTF-8, got other bytes$/],
    ["no log", [], 2, /^log: expected one, got none/],
    ["two logs", ["run.jsonl", "cut.jsonl"], 2, /^report: expected no more than 1 after it, got 2/],
    [
      "--out over the log",
      ["run.jsonl", "--out", "run.jsonl"],
      2,
      /^--out: "run\.jsonl" is a file of this run already; /,
    ],
    [
      "--out over the log, by a link",
      ["run.jsonl", "--out", "link.jsonl"],
      2,
      /^--out: "link\.jsonl" is a file of this/,
    ],
    ["--out that is a folder", ["run.jsonl", "--out", "folder"], 1, /^folder: expected a file, got a folder$/],
    ["--out in a missing folder", ["run.jsonl", "--out", "no/a.html"], 1, /^no\/a\.html: its folder does not exist; /],
    ["--out of nothing", ["run.jsonl", "--out", ""], 2, /^--out: expected the name of a file, got an empty one$/],
  ];
  for (const [what, args, expectedCode, message] of cases) {
    test(what, () => {
      const before = folder.snapshot();
      const { code, stdout, stderr } = folder.run("report", ...args);
      expect(stderr).toMatch(/^[^\n]+\n$/);
      expect(stderr.trimEnd()).toMatch(message);
      expect(code).toBe(expectedCode);
      expect(stdout).toBe("");
      expect(folder.snapshot()).toEqual(before);
    });
  }

  test("--out over the log that is standard input", () => {
    const before = folder.snapshot();
    const { code, stderr } = folder.shell("charloom report - --out run.jsonl < run.jsonl");
    expect(stderr).toBe('--out: "run.jsonl" is the log itself; choose another name\n');
    expect(code).toBe(2);
    expect(folder.snapshot()).toEqual(before);
  });

  test("standard input that is a folder, or closed", () => {
    expect(folder.shell("charloom report - < folder").stderr).toMatch(/^standard input: [^\n]+\n$/);
    expect(folder.shell("charloom report - <&-").stderr).toMatch(/^standard input: [^\n]+\n$/);
  });

  test("a reader of the page that had enough is no fault", () => {
    const { code, stderr } = folder.shell("charloom report run.jsonl --out - | head -c 10; exit $" + "{PIPESTATUS[0]}");
    expect([code, stderr]).toEqual([0, ""]);
  });
});
