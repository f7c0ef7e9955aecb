import { once } from "node:events";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { builtinCorpus } from "../../src/data/builtin-corpora.ts";
import { modelFromBytes } from "../../src/formats/model-file.ts";
import { parameterHash } from "../../src/model/parameter-hash.ts";
import { createTrainer } from "../../src/train/trainer.ts";
import { fuses } from "../engine/engines.ts";
import { WorkFolder } from "./command-line.ts";

const TEXT = "How much wood would a woodchuck chuck,\r\nif a woodchuck could chuck wood?\r\n".repeat(20);
const golden = JSON.parse(readFileSync("test/golden/min-char-rnn.json", "utf8"));

test("train follows numpy's losses from given weights, through --init-from and --log", async () => {
  const folder = new WorkFolder();
  folder.write("init.safetensors", readFileSync("test/golden/min-char-rnn.init.safetensors"));
  folder.write("text.txt", (await builtinCorpus("sonnets")).slice(0, golden.text.characters));
  const { learningRate, steps, losses } = golden.runs[0];
  const args = ["--init-from", "init.safetensors", "--hidden", "40", "--lr", String(learningRate)];
  const { code } = folder.run("train", "text.txt", ...args, "--steps", String(steps), "--log", "run.jsonl", "--quiet");
  expect(code).toBe(0);
  const lines = folder
    .read("run.jsonl")
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toHaveLength(steps);
  for (const [i, line] of lines.entries()) {
    expect(line.step).toBe(i + 1);
    expect(Math.abs((line.loss * 25) / losses[i] - 1), `step ${i + 1}`).toBeLessThan(1e-6);
  }
  expect(Object.keys(lines[1])).toEqual([
    "step",
    "epoch",
    "loss",
    "smoothLoss",
    "learningRate",
    "gradNorm",
    "tokensPerSecond",
  ]);
});

test("train shows a 200-character sample every 100 steps, and the finished model's", () => {
  const folder = new WorkFolder();
  folder.write("wood.txt", TEXT);
  const { code, stdout, stderr } = folder.run("train", "wood.txt", "--steps", "250", "--normalize-newlines");
  expect(code).toBe(0);
  const samples = stdout.split(/^---- step (\d+), loss [\d.]+ nats per character ----\n/m).slice(1);
  expect(samples.filter((_, i) => i % 2 === 0)).toEqual(["0", "100", "200", "250"]);
  for (const sample of samples.filter((_, i) => i % 2 === 1)) expect([...sample]).toHaveLength(200 + 2);
  expect(stderr).toMatch(/^wood\.txt: 1,440 characters, \d+ distinct$/m);
  expect(stderr).toMatch(/^Saved wood\.safetensors \(\d+ KB\)\.$/m);
  expect(stderr).toMatch(/main\.js sample wood\.safetensors/);
  expect(stdout + stderr).not.toContain("\x1b");
});

test("--threads changes no byte of the model", () => {
  const folder = new WorkFolder();
  folder.write("wood.txt", TEXT);
  const args = ["--steps", "30", "--cell", "gru", "--batch", "7", "--hidden", "20", "--quiet"];
  for (const threads of ["1", "2", "3", "auto"]) {
    expect(folder.run("train", "wood.txt", ...args, "--threads", threads, "--out", `${threads}.safetensors`).code).toBe(
      0,
    );
    expect(folder.read(`${threads}.safetensors`).equals(folder.read("1.safetensors")), threads).toBe(true);
  }
});

test("the command line and the library train the same model, to the bit", async () => {
  const folder = new WorkFolder();
  folder.write("wood.txt", TEXT);
  folder.run("train", "wood.txt", "--steps", "120", "--hidden", "33", "--seq", "9", "--seed", "77", "-q");
  const saved = await modelFromBytes(folder.read("wood.safetensors"));
  const trainer = await createTrainer(TEXT, { hiddenSize: 33, sequenceLength: 9, seed: 77 });
  for (let i = 0; i < 120; i++) trainer.step();
  expect(await parameterHash(saved.engine)).toBe(await parameterHash(trainer.model.engine));
});

test("a carriage return is a character, unless newlines are normalized", async () => {
  const folder = new WorkFolder();
  folder.write("wood.txt", TEXT);
  folder.run("train", "wood.txt", "--steps", "1", "-q", "--out", "as-it-is.safetensors");
  folder.run("train", "wood.txt", "--steps", "1", "-q", "--out", "folded.safetensors", "--normalize-newlines");
  const asItIs = await modelFromBytes(folder.read("as-it-is.safetensors"));
  const folded = await modelFromBytes(folder.read("folded.safetensors"));
  expect(asItIs.vocabulary.indexOf("\r")).toBeDefined();
  expect(folded.vocabulary.indexOf("\r")).toBeUndefined();
  expect(folded.vocabulary.size).toBe(asItIs.vocabulary.size - 1);
});

test("a default name never replaces a file; --out does", () => {
  const folder = new WorkFolder();
  folder.write("wood.txt", TEXT);
  folder.write("wood.safetensors", "precious");
  folder.run("train", "wood.txt", "--steps", "1", "-q");
  folder.run("train", "wood.txt", "--steps", "1", "-q");
  expect(folder.names().sort()).toEqual(["wood-2.safetensors", "wood-3.safetensors", "wood.safetensors", "wood.txt"]);
  expect(folder.read("wood.safetensors").toString()).toBe("precious");
  folder.run("train", "wood.txt", "--steps", "1", "-q", "--out", "wood.safetensors");
  expect(folder.read("wood.safetensors").length).toBeGreaterThan(1000);
});

test("a text shorter than the sequence trains with a shorter one and says so", () => {
  const folder = new WorkFolder();
  folder.write("short.txt", "abcabc");
  const { code, stderr } = folder.run("train", "short.txt", "--steps", "5");
  expect(code).toBe(0);
  expect(stderr).toContain("The text is shorter than --seq 25: training with sequences of 5 characters.");
});

test("--time ends the run, --backend js trains too, --sample-every 0 shows no sample", () => {
  const folder = new WorkFolder();
  folder.write("wood.txt", TEXT);
  const { code, stdout, stderr } = folder.run(
    ...["train", "wood.txt", "--time", "0.3s", "--backend", "js", "--precision", "float64", "--sample-every", "0"],
  );
  expect(code).toBe(0);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/in plain TypeScript, float64/);
  expect(stderr).toMatch(/Trained [\d,]+ steps/);
});

for (const [signal, expected] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  test(`${signal} finishes the step, saves the model and exits with ${expected}`, async () => {
    const folder = new WorkFolder();
    folder.write("wood.txt", TEXT);
    const child = folder.start("train", "wood.txt", "--time", "50s", "--sample-every", "100");
    let stderr = "";
    child.stderr.on("data", (data) => (stderr += data));
    await once(child.stdout, "data");
    child.stdout.resume();
    child.kill(signal);
    const [code] = await once(child, "exit");
    expect(code).toBe(expected);
    expect(stderr).toMatch(/Stopped after/);
    const model = await modelFromBytes(folder.read("wood.safetensors"));
    expect(model.recipe.hiddenSize).toBe(100);
  });
}

test("a reader that leaves does not end the training", async () => {
  const folder = new WorkFolder();
  folder.write("wood.txt", TEXT);
  const child = folder.start("train", "wood.txt", "--steps", "3000", "--sample-every", "10");
  await once(child.stdout, "data");
  child.stdout.destroy();
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
  expect((await modelFromBytes(folder.read("wood.safetensors"))).vocabulary.size).toBeGreaterThan(10);
});

test("every option of the recipe arrives in the model file", async () => {
  const folder = new WorkFolder();
  folder.write("wood.txt", TEXT);
  const { code, stderr } = folder.run(
    ...["train", "wood.txt", "--steps", "3", "-q", "--out", "m.safetensors", "--cell", "lstm", "--layers", "2"],
    ...[
      "--hidden",
      "12",
      "--embedding",
      "12",
      "--tied",
      "--no-bias",
      "--dropout",
      "0.25",
      "--batch",
      "4",
      "--seq",
      "6",
      "--val-fraction",
      "0.2",
    ],
    ...[
      "--unit",
      "word",
      "--examples",
      "lines",
      "--order",
      "shuffle",
      "--lowercase",
      "--min-count",
      "2",
      "--limit",
      "20",
    ],
    ...["--init", "normal:0.1:0.5", "--forget-bias", "0.5", "--loss", "mean", "--optimizer", "adamw", "--lr", "0.01"],
    ...["--schedule", "cosine:100:10"],
    ...["--beta1", "0.8", "--beta2", "0.99", "--epsilon", "1e-6", "--weight-decay", "0.1", "--clip-norm", "2"],
    ...["--clip-value", "none", "--momentum", "0.5", "--nesterov", "--no-epsilon-in-root", "--seed", "3"],
    ...["--numerics", fuses ? "fused" : "strict"],
  );
  expect([code, stderr]).toEqual([0, ""]);
  const { recipe } = await modelFromBytes(folder.read("m.safetensors"));
  expect(recipe).toEqual({
    unit: "word",
    examples: "lines",
    order: "shuffle",
    lowercase: true,
    minCount: 2,
    limit: 20,
    cell: "lstm",
    activation: "tanh",
    hiddenSize: 12,
    layers: 2,
    embeddingSize: 12,
    tied: true,
    bias: false,
    dropout: 0.25,
    batchSize: 4,
    validationFraction: 0.2,
    sequenceLength: 6,
    initialization: { kind: "normal", scale: 0.1, gateMean: 0.5 },
    forgetBias: 0.5,
    loss: "mean",
    optimizer: "adamw",
    learningRate: 0.01,
    schedule: { kind: "cosine", total: 100, warmUp: 10 },
    momentum: 0.5,
    nesterov: true,
    beta1: 0.8,
    beta2: 0.99,
    epsilon: 1e-6,
    epsilonInRoot: false,
    weightDecay: 0.1,
    clipNorm: 2,
    clipValue: Number.POSITIVE_INFINITY,
    seed: 3,
    backend: "wasm",
    precision: "float32",
    numerics: fuses ? "fused" : "strict",
  });
});

test("--val-fraction validates every --eval-every steps and at the end, in the log and on the screen", () => {
  const folder = new WorkFolder();
  folder.write("wood.txt", TEXT);
  const { stdout, stderr } = folder.run(
    ...["train", "wood.txt", "--steps", "25", "--val-fraction", "0.25", "--eval-every", "10", "--log", "run.jsonl"],
    ...["--sample-every", "20"],
  );
  const lines = folder
    .read("run.jsonl")
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const validated = lines.filter(({ valLoss }) => valLoss !== undefined);
  expect(validated.map(({ step }) => step)).toEqual([10, 20, 25]);
  expect(stderr).toContain("wood.txt: 1,110 characters, and 370 to validate on,");
  expect(stderr).toContain(`Validation: ${lines[24].valLoss.toFixed(3)} nats per character.`);
  expect(stdout).toMatch(/step 20, loss [\d.]+, validation [\d.]+ nats per character/);
});

test("--epochs and --until-loss end the run", () => {
  const folder = new WorkFolder();
  folder.write("wood.txt", TEXT);
  const lastStep = (...ends: string[]) => {
    folder.run("train", "wood.txt", "-q", "--log", "run.jsonl", ...ends);
    return JSON.parse(folder.read("run.jsonl").toString().trimEnd().split("\n").at(-1)!);
  };
  const epochs = lastStep("--epochs", "2.5");
  expect(epochs.epoch).toBeGreaterThanOrEqual(2.5);
  expect(epochs.epoch).toBeLessThan(2.52);
  const loss = lastStep("--until-loss", "2.6");
  expect(loss.smoothLoss).toBeLessThan(2.6);
  expect(loss.smoothLoss).toBeGreaterThan(2.59);
});
