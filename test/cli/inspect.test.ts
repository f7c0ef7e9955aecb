import { describe, expect, test } from "vitest";
import { modelFromBytes } from "../../src/formats/model-file.ts";
import { parseSafetensors, readFloats, writeSafetensors } from "../../src/formats/safetensors.ts";
import { parameterHash } from "../../src/model/parameter-hash.ts";
import { nextTokens } from "../../src/sample/predict.ts";
import { parseJsonLines, WorkFolder } from "./command-line.ts";

const folder = new WorkFolder();
folder.write("count.txt", "one two three four five six seven\n".repeat(40));
const train = (out: string, ...args: string[]) =>
  folder.run("train", "count.txt", "--hidden", "20", "-q", "--out", out, ...args);
train("model.safetensors", "--steps", "600");
train("words.safetensors", "--unit", "word", "--steps", "100");
train("lines.safetensors", "--examples", "lines", "--steps", "60");
const model = await modelFromBytes(folder.read("model.safetensors"));

test("inspect shows sizes, hash, every parameter, every field of the recipe and the tokens", async () => {
  const { code, stdout, stderr } = folder.run("inspect", "model.safetensors");
  expect([code, stderr]).toEqual([0, ""]);
  const lines = stdout.split("\n");
  const { recipe, vocabulary, engine } = model;
  expect(lines[0]).toMatch(
    new RegExp(`^model\\.safetensors: rnn, 1 × 20 hidden units, ${vocabulary.size} characters, [\\d,]+ parameters$`),
  );
  expect(lines[1]).toBe(`SHA-256 of the parameters: ${await parameterHash(engine)}`);
  for (const { name, role, shape } of engine.tensors) {
    const shown = lines.find((line) => line.startsWith(`${name} `));
    if (role === "parameter") expect(shown).toMatch(/\)( +-?[\d.]+(e[-+]\d+)?){4} {2}[ ▁▂▃▄▅▆▇█]+$/);
    if (role === "parameter") expect(shown).toContain(` (${shape.join(", ")}) `);
    else expect(shown).toBeUndefined();
  }
  for (const field of Object.keys(recipe)) expect(stdout).toMatch(new RegExp(`^${field} +[^ ]`, "m"));
  expect(stdout).toMatch(/^clipNorm +none$/m);
  expect(stdout).toMatch(/^initialization +normal:0\.01$/m);
  expect(lines.at(-2)).toBe("Tokens: \\n   e f h i n o r s t u v w x");
});

test("inspect --json says the same in full", async () => {
  const { code, stdout } = folder.run("inspect", "model.safetensors", "--json");
  expect(code).toBe(0);
  const all = JSON.parse(stdout);
  expect(Object.keys(all)).toEqual([
    "parameterCount",
    "parameterHash",
    "parameters",
    "recipe",
    "vocabulary",
    "history",
  ]);
  expect(all.history).toEqual([{ event: "created", version: expect.any(String) }]);
  expect(all.parameterHash).toBe(await parameterHash(model.engine));
  expect(all.vocabulary).toEqual(model.vocabulary.tokens);
  expect(all.recipe).toEqual(JSON.parse(JSON.stringify(model.recipe)));
  let count = 0;
  for (const { name, shape, mean, deviation, smallest, largest, histogram } of all.parameters) {
    const values = [...model.engine.readTensor(name)];
    count += values.length;
    expect(values.length).toBe(shape.reduce((product: number, size: number) => product * size, 1));
    expect(largest).toBe(Math.max(...values));
    expect(smallest).toBe(Math.min(...values));
    const average = values.reduce((sum, value) => sum + value) / values.length;
    expect(mean).toBeCloseTo(average, 9);
    expect(deviation).toBeCloseTo(Math.hypot(...values.map((value) => value - average)) / Math.sqrt(values.length), 9);
    const inTheFirst = values.filter((value) => value < smallest + (largest - smallest) / 16).length;
    expect(histogram[0]).toBe(inTheFirst);
    expect(histogram.reduce((sum: number, bin: number) => sum + bin)).toBe(values.length);
  }
  expect(all.parameterCount).toBe(count);
});

test("inspect shows the history of a model whose file has one, and minds no other", () => {
  const { tensors, metadata } = parseSafetensors(folder.read("model.safetensors"), "model.safetensors");
  const whole = [...tensors].map(([name, { shape, ...tensor }]) => ({
    name,
    shape,
    values: readFloats({ shape, ...tensor }, name),
  }));
  const { training: _, ...plain } = Object.fromEntries(metadata);
  const withHistory = (history: string) => {
    folder.write("history.safetensors", writeSafetensors(whole, { ...plain, history }));
    return folder.run("inspect", "history.safetensors");
  };
  const { code, stdout } = withHistory('[{"step":600,"corpus":"a \\"b\\" \\u001b[31m","seeds":[1,2]},"resumed",7]');
  expect(code).toBe(0);
  expect(stdout).toContain('\nHistory:\n  step 600, corpus a "b" \\u001b[31m, seeds [1,2]\n  resumed\n  7\n\n');
  expect(JSON.parse(folder.run("inspect", "history.safetensors", "--json").stdout).history).toHaveLength(3);
  expect(folder.run("inspect", "model.safetensors").stdout).toContain("\nHistory:\n  event created, version ");
  for (const other of ["", "{", "null", '{"a":1}', "[]"]) {
    const outcome = withHistory(other);
    expect([outcome.code, outcome.stderr]).toEqual([0, ""]);
    expect(outcome.stdout).not.toContain("History");
  }
});

describe("inspect --next", () => {
  const next = (file: string, text: string, ...args: string[]) =>
    parseJsonLines(folder.run("inspect", file, "--next", text, "--json", ...args).stdout);

  test("is a table of the likeliest tokens, the likeliest first, each with its bar", () => {
    const { code, stdout, stderr } = folder.run("inspect", "model.safetensors", "--next", "one t");
    expect([code, stderr]).toEqual([0, ""]);
    const rows = stdout.replace(/\n$/, "").split("\n");
    expect(rows).toHaveLength(10);
    const candidates = nextTokens(model, "one t", 10);
    for (const [i, row] of rows.entries()) {
      const [, token, percent, bar = ""] = /^(".+?") +([\d.]+) % {2}(\S*)$/.exec(row) as string[];
      expect(JSON.parse(token as string)).toBe(candidates[i]!.token);
      expect(percent).toBe((100 * candidates[i]!.probability).toFixed(2));
      const eighths = Math.round(320 * candidates[i]!.probability); // certainty is 40 cells wide
      expect(bar).toHaveLength(Math.ceil(eighths / 8));
      expect(bar).toMatch(/^█*[▏▎▍▌▋▊▉]?$/);
    }
    expect(rows[0]).toMatch(/^"w" /);
  });

  test("--json has as many objects as --top asks for, in falling order, of all tokens summing to 1", () => {
    const all = next("model.safetensors", "one t", "--top", "1000");
    expect(all).toHaveLength(model.vocabulary.size);
    const probabilities = all.map(({ probability }) => probability);
    expect(probabilities).toEqual([...probabilities].sort((a, b) => b - a));
    expect(probabilities.reduce((sum, each) => sum + each)).toBeCloseTo(1, 5);
    expect(all).toEqual(nextTokens(model, "one t", 1000));
    expect(next("model.safetensors", "one t", "--top", "3")).toEqual(all.slice(0, 3));
  });

  test("of words shows words, and what would steer the terminal as escapes", () => {
    expect(folder.run("inspect", "words.safetensors", "--next", "one two", "--top", "1").stdout).toMatch(/^three /);
    folder.write("escape.txt", "red \x1b[31m red \x1b[31m \u009b");
    folder.run("train", "escape.txt", "--unit", "word", "--steps", "2", "-q", "--out", "escape.safetensors");
    for (const args of [["--next", "red"], []]) {
      const { code, stdout } = folder.run("inspect", "escape.safetensors", ...args);
      expect(code).toBe(0);
      expect(stdout).toContain("\\u001b[31m");
      expect(stdout).toContain("\\u009b");
      expect(stdout).not.toMatch(/[^\P{Cc}\n]/u);
    }
  });

  test("of nothing asks what begins a line, or is refused where no token ends one", () => {
    expect(next("model.safetensors", "")).toEqual(nextTokens(model, "\n", 10));
    expect(next("lines.safetensors", "")[0].token).toBe("o");
    const { code, stdout, stderr } = folder.run("inspect", "words.safetensors", "--next", "");
    expect([code, stdout, stderr]).toEqual([1, "", "--next: expected at least 1 token, got none\n"]);
  });

  test("refuses what the model does not know, unless told to skip it", () => {
    const { code, stdout, stderr } = folder.run("inspect", "model.safetensors", "--next", "oné");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(
      /^--next: "é" \(U\+00E9\), character 3, is not in the model's vocabulary of \d+; use --unknown skip, or leave it out\n$/,
    );
    expect(next("model.safetensors", "oné", "--unknown", "skip")).toEqual(nextTokens(model, "on", 10));
  });
});

describe("every command that reads a model refuses a bad one with one line", () => {
  const good = folder.read("model.safetensors");
  const { tensors, metadata } = parseSafetensors(good, "model.safetensors");
  const whole = [...tensors].map(([name, tensor]) => ({ name, shape: tensor.shape, values: readFloats(tensor, name) }));
  folder.write("tensors.safetensors", writeSafetensors(whole, {}));
  folder.write(
    "recipe.safetensors",
    writeSafetensors(whole, { ...Object.fromEntries(metadata), recipe: '{"hiddenSize":20,"wings":2}' }),
  );
  const cases: [string, string[], RegExp][] = [
    ["tensors.safetensors", ["inspect"], /expected a model that charloom wrote, got other tensors; /],
    ["recipe.safetensors", ["predict", "o"], /recipe: wings: not a field of a recipe; /],
    ["count.txt", ["score", "count.txt"], /expected a safetensors header/],
  ];
  for (const [file, [command = "", ...rest], message] of cases) {
    test(`${command} ${file}`, () => {
      const { code, stdout, stderr } = folder.run(command, file, ...rest);
      expect(stderr).toMatch(/^[^\n]+\n$/);
      expect(stderr.trimEnd()).toMatch(message);
      expect(stderr.startsWith(`${file}: `)).toBe(true);
      expect([code, stdout]).toEqual([1, ""]);
    });
  }
});
