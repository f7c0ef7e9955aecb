import { describe, expect, test } from "vitest";
import { builtinCorpus } from "../../src/data/builtin-corpora.ts";
import { modelFromBytes } from "../../src/formats/model-file.ts";
import { parameterHash } from "../../src/model/parameter-hash.ts";
import { parseJsonLines, WorkFolder } from "./command-line.ts";

const folder = new WorkFolder();
// a character outside the basic plane now and then: parts of a text are counted in characters
const TEXT = (await builtinCorpus("sonnets")).slice(0, 6000).replaceAll(",", "🪶");
folder.write("text.txt", TEXT);

const hashOf = async (file: string) => parameterHash((await modelFromBytes(folder.read(file))).engine);

describe("--json", () => {
  test("writes a start, samples and an end, and nothing on standard error", () => {
    const { code, stdout, stderr } = folder.run(
      ...[
        "train",
        "text.txt",
        "--steps",
        "250",
        "--hidden",
        "9",
        "--val-fraction",
        "0.1",
        "--out",
        "events.safetensors",
      ],
      ...["--json", "--log", "events.jsonl", "--sample-length", "30"],
    );
    expect([code, stderr]).toEqual([0, ""]);
    const events = parseJsonLines(stdout);
    expect(events.map(({ event }) => event)).toEqual(["start", "sample", "sample", "sample", "sample", "end"]);
    const [start, ...samples] = events;
    const end = samples.pop();
    const length = [...TEXT].length;
    const kept = Math.floor(0.1 * length);
    expect(start).toMatchObject({
      corpus: "text.txt",
      tokens: length - kept - 1,
      validationTokens: kept - 1,
      vocabulary: new Set(TEXT).size,
      recipe: { hiddenSize: 9, seed: 1 },
    });
    expect(samples.map(({ step }) => step)).toEqual([0, 100, 200, 250]);
    const lines = folder.readJsonLines("events.jsonl");
    expect(samples.map(({ text }) => text)).toEqual([
      lines[0].initialSample,
      ...[100, 200, 250].map((step) => lines[step - 1].sample),
    ]);
    for (const { text } of samples) expect([...text]).toHaveLength(30);
    const { step, smoothLoss, valLoss } = lines.at(-1);
    expect(end).toMatchObject({ finished: true, step, smoothLoss, valLoss, saved: "events.safetensors" });
    expect(end.savedBytes).toBe(folder.read("events.safetensors").length);
  });

  test("tells of progress once a second", () => {
    const args = ["--time", "1.1s", "--hidden", "9", "--sample-every", "0", "--out", "time.safetensors", "--json"];
    const events = parseJsonLines(folder.run("train", "text.txt", ...args).stdout);
    expect(events.map(({ event }) => event)).toEqual(["start", "progress", "end"]);
    expect(events[1]).toMatchObject({ learningRate: 0.1, loss: expect.any(Number), gradNorm: expect.any(Number) });
    expect(events[1].tokensPerSecond).toBeGreaterThan(0);
    expect(events[1].secondsLeft).toBeLessThan(1);
    expect(events[2].step).toBeGreaterThanOrEqual(events[1].step);
  });

  test("with --quiet writes nothing", () => {
    const args = ["--steps", "2", "--hidden", "9", "--out", "quiet.safetensors", "--json", "--quiet"];
    expect(folder.run("train", "text.txt", ...args)).toEqual({ code: 0, stdout: "", stderr: "" });
  });
});

test("the log's first line has the run and the first sample, later ones theirs", () => {
  const args = ["--preset", "min-char-rnn", "--steps", "9", "--sample-every", "4", "--sample-length", "12"];
  folder.run("train", "text.txt", ...args, "--out", "logged.safetensors", "--log", "logged.jsonl");
  const lines = folder.readJsonLines("logged.jsonl");
  expect(lines[0].run).toMatchObject({
    corpus: "text.txt",
    unit: "character",
    preset: "min-char-rnn",
    recipe: { cell: "rnn", hiddenSize: 100, learningRate: 0.1 },
  });
  expect([...lines[0].initialSample]).toHaveLength(12);
  expect(lines.filter(({ sample }) => sample !== undefined).map(({ step }) => step)).toEqual([4, 8]);
  expect(lines.filter(({ run, initialSample }) => run !== undefined || initialSample !== undefined)).toHaveLength(1);
});

test("--patience stops after so many looks without a lower loss, and keeps the parameters of the best", () => {
  const every = 20;
  const { code, stderr } = folder.run(
    ...["train", "text.txt", "--hidden", "24", "--lr", "0.3", "--val-fraction", "0.2", "--eval-every", String(every)],
    ...["--patience", "3", "--sample-every", "0", "--out", "best.safetensors", "--log", "best.jsonl"],
  );
  expect(code).toBe(0);
  const looks = folder.readJsonLines("best.jsonl").filter(({ valLoss }) => valLoss !== undefined);
  const best = looks.reduce((least, look) => (look.valLoss < least.valLoss ? look : least));
  expect(looks.at(-1).step).toBe(best.step + 3 * every);
  expect(looks.at(-1).valLoss).toBeGreaterThan(best.valLoss);
  expect(stderr).toContain(`Kept the parameters of step ${best.step}, `);
  const characters = [...TEXT];
  folder.write("kept.txt", characters.slice(characters.length - Math.floor(0.2 * characters.length)).join(""));
  const { natsPerToken } = JSON.parse(folder.run("score", "best.safetensors", "kept.txt", "--json").stdout);
  expect(Math.abs(natsPerToken - best.valLoss)).toBeLessThan(1e-5);
});

describe("a run that diverges", () => {
  const relu = ["--activation", "relu", "--optimizer", "sgd", "--lr", "50", "--clip-value", "none"];
  // weights × (1 - 0.01 · 250) at every step: 1.5 times as large, until no float holds them
  const growing = ["--hidden", "16", "--optimizer", "sgd", "--lr", "0.01", "--weight-decay", "250"];
  const train = (...args: string[]) => folder.run("train", "text.txt", ...args, "--sample-every", "0");

  test("with --on-nan rollback goes on from its last good parameters to the end, and says so", async () => {
    const args = ["--steps", "200", "--on-nan", "rollback", "--out", "rolled.safetensors", "--log", "rolled.jsonl"];
    const { code, stdout, stderr } = train(...relu, ...args);
    expect([code, stdout]).toEqual([0, ""]);
    const notes = stderr.split("\n").filter((line) => /not a finite number/.test(line));
    expect(notes.length).toBeGreaterThan(0);
    for (const [i, note] of notes.entries()) {
      expect(note).toMatch(
        /^Step \d+: the (loss|gradient) is not a finite number\. Back to the state after \d steps?, /,
      );
      expect(note).toContain(`, with a learning rate of ${50 / 2 ** (i + 1)}.`);
    }
    const last = folder.readJsonLines("rolled.jsonl").at(-1);
    expect(last).toMatchObject({ step: 200, learningRate: 50 / 2 ** notes.length });
    expect(Number.isFinite(last.loss)).toBe(true);
    await hashOf("rolled.safetensors"); // whose weights are numbers
  });

  test("in its validation loss alone is a divergence too", () => {
    const args = ["--steps", "2", "--val-fraction", "0.1", "--out", "useless.safetensors"];
    expect(train(...relu, ...args)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^training diverged at step 2: the validation loss is not a finite number; /m),
    });
    const { code, stderr } = train(...relu, ...args, "--on-nan", "rollback");
    expect(code).toBe(0);
    expect(stderr).not.toContain("NaN");
  });

  test("with --on-nan rollback and --json says so in a note", () => {
    const args = ["--steps", "20", "--on-nan", "rollback", "--out", "noted.safetensors", "--json"];
    const events = parseJsonLines(train(...relu, ...args).stdout);
    const notes = events.filter(({ event }) => event === "note");
    expect(notes.length).toBeGreaterThan(0);
    expect(notes[0].text).toMatch(/^Step \d+: the .+ is not a finite number\. Back to the state after \d steps?, /);
    expect(events.at(-1)).toMatchObject({ event: "end", finished: true, step: 20 });
  });

  const stopped = train(
    ...[
      ...growing,
      "--steps",
      "400",
      "--on-nan",
      "stop",
      "--out",
      "stopped.safetensors",
      "--log",
      "stopped.jsonl",
      "-q",
    ],
  );
  const divergedAt = Number(/^training diverged at step (\d+): /.exec(stopped.stderr)?.[1]);
  const kept = /the parameters after (\d+) steps are in stopped\.safetensors; or go on .+\n$/.exec(stopped.stderr)?.[1];
  train(...growing, "--steps", kept ?? "0", "--out", "kept.safetensors", "-q");

  test("stops with one line, and leaves in --out the parameters of its last good state", async () => {
    expect([stopped.code, stopped.stdout]).toEqual([1, ""]);
    expect(stopped.stderr).toMatch(/^training diverged at [^\n]+\n$/);
    expect(kept).toBeDefined();
    expect(divergedAt).toBeGreaterThan(Number(kept));
    expect(folder.readJsonLines("stopped.jsonl").at(-1).step).toBe(divergedAt - 1);
    expect(await hashOf("stopped.safetensors")).toBe(await hashOf("kept.safetensors"));
  });

  test("in its very last step leaves its last good parameters too", async () => {
    const { code, stderr } = train(...growing, "--steps", String(divergedAt - 1), "--out", "last.safetensors", "-q");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^training diverged at step \d+: the update is not a finite number; .+ steps are in last\.safetensors; .+\n$/,
    );
    expect(await hashOf("last.safetensors")).toBe(await hashOf("kept.safetensors"));
  });

  test("in its very last step goes on from its last good parameters with --on-nan rollback", async () => {
    const args = ["--steps", String(divergedAt - 1), "--out", "went-on.safetensors", "--on-nan", "rollback"];
    const { code, stderr } = train(...growing, ...args);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /the update is not a finite number\. Back to the state after \d+ steps, with a learning rate of 0.005\.$/m,
    );
    expect(stderr).toContain(`Trained ${divergedAt - 1} steps`);
    await hashOf("went-on.safetensors");
  });
});
