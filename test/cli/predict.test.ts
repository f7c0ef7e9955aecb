import { describe, expect, test } from "vitest";
import { modelFromBytes } from "../../src/formats/model-file.ts";
import { nextTokens } from "../../src/sample/predict.ts";
import { parseJsonLines, WorkFolder } from "./command-line.ts";

const folder = new WorkFolder();
folder.write("count.txt", "one two three four five six seven\n".repeat(40));
folder.write("names.txt", "ANNA\nBernd-Otto\nclara\n".repeat(10));
const train = (out: string, ...args: string[]) => folder.run("train", ...args, "--hidden", "24", "-q", "--out", out);
train("stream.safetensors", "count.txt", "--steps", "600");
train("words.safetensors", "count.txt", "--unit", "word", "--steps", "100");
train("names.safetensors", "names.txt", "--examples", "lines", "--lowercase", "--steps", "300");
const predict = (model: string, ...args: string[]) => folder.run("predict", `${model}.safetensors`, ...args);

describe("of a stream, predict names the likeliest next token at every position", () => {
  test("characters", () => {
    const { code, stdout, stderr } = predict("stream", "one t");
    expect([code, stderr]).toEqual([0, ""]);
    const rows = stdout.trimEnd().split("\n");
    expect(rows.map((row) => row.split(" → ")[0])).toEqual(["o", "n", "e", '" "', "t"]); // a space is to be seen
    for (const row of rows) expect(row).toMatch(/^(\S|" ") → (\S|" "|"\\n") {3}p [\d.]+$/);
    expect(rows[1]).toMatch(/^n → e {3}/);
  });

  test("words, with the next line's first after a line's last", () => {
    expect(predict("words", "one two  three\nfour five six seven").stdout).toMatch(
      /^one → two .+\ntwo → three .+\nthree → four .+\nfour → five .+\nfive → six .+\nsix → seven .+\nseven → one .+\n$/,
    );
  });

  test("--json gives an object a position, each with what the library finds likeliest", async () => {
    const rows = parseJsonLines(predict("stream", "one t", "--json").stdout);
    expect(rows.map(({ token }) => token)).toEqual(["o", "n", "e", " ", "t"]);
    for (const row of rows) expect(Object.keys(row)).toEqual(["token", "next", "probability"]);
    const model = await modelFromBytes(folder.read("stream.safetensors"));
    const [candidate] = nextTokens(model, "one t", 1);
    expect(rows.at(-1)).toEqual({ token: "t", next: candidate?.token, probability: candidate?.probability });
  });
});

describe("of lines of characters, predict completes the line", () => {
  test("in title case where the model reads lower case, whatever case it is asked in", () => {
    expect(predict("names", "AN").stdout).toBe("Anna\n");
    expect(predict("names", "be").stdout).toBe("Bernd-Otto\n");
  });

  test("--json gives the prefix as it was typed, and the line", () => {
    expect(JSON.parse(predict("names", "CL", "--json").stdout)).toEqual({ prefix: "CL", line: "Clara" });
  });

  test("after nothing it is the likeliest line; --length bounds what is added", () => {
    expect(predict("names", "").stdout).toMatch(/^(Anna|Bernd-Otto|Clara)\n$/);
    expect(predict("names", "be", "--length", "2").stdout).toBe("Bern\n");
  });

  test("--each names the next token at every position instead", () => {
    const rows = parseJsonLines(predict("names", "clara", "--each", "--json").stdout);
    expect(rows.map(({ next }) => next).join("")).toBe("lara\n");
  });
});

test("predict refuses what the model does not know, unless told to skip it", () => {
  for (const model of ["stream", "names"]) {
    const { code, stdout, stderr } = predict(model, "né");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(
      /^the text: "é" \(U\+00E9\), character 2, is not in the model's vocabulary of \d+; use --unknown skip, or leave it out\n$/,
    );
  }
  expect(predict("stream", "né", "--unknown", "skip").stdout).toMatch(/^n → .+\n$/);
  const none = { code: 1, stdout: "", stderr: "the text: expected at least 1 token, got none\n" };
  expect(predict("stream", "")).toEqual(none);
  expect(predict("names", "", "--each")).toEqual(none);
});
