import { describe, expect, test } from "vitest";
import { modelFromBytes } from "../../src/formats/model-file.ts";
import { PRESETS, type Preset } from "../../src/model/presets.ts";
import { completeRecipe } from "../../src/model/recipe.ts";
import { parseJsonLines, WorkFolder } from "./command-line.ts";

const folder = new WorkFolder();
folder.write("toy.txt", "你 好 李 焕 英\n夏 洛 特 烦 恼\n");
folder.write("wood.txt", "How much wood would a woodchuck chuck,\nif a woodchuck could chuck wood?\n".repeat(4));
folder.run("train", "--preset", "dinosaurs", "--steps", "3000", "-q", "--out", "dinosaurs.safetensors");

/** Trains one step of a preset on a small text; the recipe that is then in the model file. */
async function recipeOf(preset: string, ...args: string[]) {
  const out = ["--out", "one-step.safetensors", "-q"];
  const { stderr } = folder.run("train", "wood.txt", "--preset", preset, "--steps", "1", ...args, ...out);
  expect(stderr).toBe("");
  return (await modelFromBytes(folder.read("one-step.safetensors"))).recipe;
}

describe("every preset trains on its corpus, with its recipe in the model file", () => {
  for (const [name, preset] of Object.entries<Preset>(PRESETS)) {
    test(name, async () => {
      const limit = preset.recipe.examples === "lines" ? 50 : 4000;
      const out = `${name}-preset.safetensors`;
      const { code, stdout, stderr } = folder.run(
        ...[
          "train",
          "--preset",
          name,
          "--steps",
          "3",
          "--limit",
          String(limit),
          "--json",
          "--sample-every",
          "0",
          "--out",
          out,
        ],
      );
      expect([code, stderr]).toEqual([0, ""]);
      const events = parseJsonLines(stdout);
      expect(events[0]).toMatchObject({ event: "start", corpus: preset.run.corpus });
      expect(events.at(-1)).toMatchObject({ event: "end", finished: true, step: 3, saved: out });
      const { recipe } = await modelFromBytes(folder.read(out));
      // whole lines: as long as the longest of them
      const sequence = preset.recipe.examples === "lines" ? { sequenceLength: recipe.sequenceLength } : {};
      expect(recipe).toEqual(completeRecipe({ ...preset.recipe, ...sequence, limit }));
      expect(recipe.sequenceLength).toBeGreaterThan(1);
    });
  }
});

test("an option takes the place of the preset's field, and of that alone", async () => {
  const options = ["--no-lowercase", "--examples", "stream", "--seq", "9", "--clip-value", "none", "--hidden", "8"];
  expect(await recipeOf("dinosaurs", ...options)).toEqual(
    completeRecipe({
      ...PRESETS.dinosaurs.recipe,
      lowercase: false,
      examples: "stream",
      sequenceLength: 9,
      clipValue: Number.POSITIVE_INFINITY,
      hiddenSize: 8,
    }),
  );
});

test("another optimizer brings its own rate and constants; the preset's own, named, keeps the preset's", async () => {
  const adam = await recipeOf("word-rnn", "--optimizer", "adam");
  expect(adam).toMatchObject({ optimizer: "adam", learningRate: 0.001, schedule: PRESETS["word-rnn"].recipe.schedule });
  const sgd = await recipeOf("dinosaurs", "--optimizer", "sgd", "--momentum", "0.3");
  expect(sgd).toMatchObject({ learningRate: 0.01, momentum: 0.3, weightDecay: 0, hiddenSize: 200, clipValue: 1 });
  const same = await recipeOf("dinosaurs", "--optimizer", "adamw");
  expect(same).toMatchObject({ optimizer: "adamw", learningRate: 0.001, weightDecay: 1e-4 });
});

test("an end that is given takes the place of the preset's", () => {
  const lastStep = (...args: string[]) => {
    folder.run("train", ...args, "-q", "--hidden", "5", "--out", "end.safetensors", "--log", "end.jsonl");
    return folder.readJsonLines("end.jsonl").at(-1).step;
  };
  // two lines a pass: the preset's 100 epochs are 200 steps
  expect(lastStep("toy.txt", "--preset", "word-rnn", "--steps", "230")).toBe(230);
  // the smooth loss begins at log 2, which is below the preset's threshold
  folder.write("a.txt", "a\naa\n");
  expect(lastStep("a.txt", "--preset", "dinosaurs", "--steps", "5")).toBe(5);
});

test("presets has a line for each, and --json gives each with its recipe and its run", () => {
  const { code, stdout, stderr } = folder.run("presets");
  expect([code, stderr]).toEqual([0, ""]);
  const lines = stdout.trimEnd().split("\n");
  expect(lines.map((line) => line.split(/ {2,}/))).toEqual(
    Object.entries(PRESETS).map(([name, { description }]) => [name, description]),
  );
  const printed = JSON.parse(folder.run("presets", "--json").stdout);
  expect(printed).toEqual(JSON.parse(JSON.stringify(PRESETS)));
  expect(Object.values<Preset>(printed).every(({ recipe, run }) => recipe !== undefined && run.corpus)).toBe(true);
});

test("word-rnn learns two sentences in its 100 epochs and then predicts all ten words", () => {
  const args = ["--preset", "word-rnn", "-q", "--out", "words.safetensors", "--log", "words.jsonl"];
  expect(folder.run("train", "toy.txt", ...args).code).toBe(0);
  const looks = folder.readJsonLines("words.jsonl").filter(({ trainLoss }) => trainLoss !== undefined);
  expect(looks.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 20 }, (_, i) => 5 * (i + 1)));
  expect(looks.at(-1).trainLoss).toBeLessThan(0.36);
  const words = ["你", "好", "李", "焕", "英", "夏", "洛", "特", "烦", "恼"];
  for (const line of [words.slice(0, 5), words.slice(5)]) {
    const { stdout } = folder.run("predict", "words.safetensors", line.join(" "));
    const expected = line.map((word) => `${word} → ${words[(words.indexOf(word) + 1) % 10]}`);
    expect(stdout.split("\n").map((row) => row.replace(/ {3}p [\d.]+$/, ""))).toEqual([...expected, ""]);
  }
});

test("dinosaurs completes a name, and gives it its capital", () => {
  const { code, stdout, stderr } = folder.run("predict", "dinosaurs.safetensors", "meo");
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^Meo[a-z]*\n$/);
});

test("dinosaurs draws names, a line each, and without an end where none is asked for", () => {
  const three = folder.run("sample", "dinosaurs.safetensors", "--count", "3", "--seed", "1");
  expect(three.stdout).toMatch(/^([a-z]+\n){3}$/);
  const endless = folder.shell(
    `charloom sample dinosaurs.safetensors --length inf | head -c 300; echo "exit \${PIPESTATUS[0]}" >&2`,
  );
  expect(endless.stderr).toBe("exit 0\n");
  expect(endless.stdout).toHaveLength(300);
  expect(endless.stdout.split("\n").length).toBeGreaterThan(5);
});
