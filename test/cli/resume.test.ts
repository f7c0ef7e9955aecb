/** `charloom train --resume`, as a user has it. */

import { once } from "node:events";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { builtinCorpus } from "../../src/data/builtin-corpora.ts";
import { parseSafetensors } from "../../src/formats/safetensors.ts";
import { parseJsonLines, WorkFolder } from "./command-line.ts";

const folder = new WorkFolder();
const TEXT = (await builtinCorpus("sonnets")).slice(0, 6000);
folder.write("text.txt", TEXT);

const train = (...args: string[]) => folder.run("train", ...args);
/** Small and quick, with all that a run can keep. */
const SMALL = ["text.txt", "--hidden", "9", "-q"];
const record = (file: string) => JSON.parse(parseSafetensors(folder.read(file), file).metadata.get("training")!);

const RUNS: Record<string, string[]> = {
  "a stream": [],
  "shuffled lines in batches": ["--examples", "lines", "--order", "shuffle", "--batch", "3"],
  patience: ["--val-fraction", "0.2", "--eval-every", "20", "--patience", "2", "--lr", "0.5"],
  "halve-on-rise": ["--schedule", "halve-on-rise:1", "--optimizer", "sgd", "--lr", "0.5"],
  "dropout and rollbacks": ["--layers", "2", "--dropout", "0.3", "--on-nan", "rollback", "--cell", "gru"],
  "rollbacks that happen": [
    ..."--activation relu --optimizer sgd --lr 50 --clip-value none --on-nan rollback".split(" "),
  ],
};
for (const [name, args] of Object.entries(RUNS)) {
  test(`${name}: stopped twice and resumed, a run leaves the same file as one that was not`, () => {
    train(...SMALL, ...args, "--steps", "250", "--out", "whole.safetensors");
    train(...SMALL, ...args, "--steps", "70", "--out", "parts.safetensors");
    for (const steps of ["133", "250"]) {
      expect(train("--resume", "parts.safetensors", "--steps", steps, "-q")).toEqual({
        code: 0,
        stdout: "",
        stderr: "",
      });
    }
    expect(Buffer.compare(folder.read("parts.safetensors"), folder.read("whole.safetensors"))).toBe(0);
  });
}

test("checkpoints, samples and logs leave no trace in the file", () => {
  train(...SMALL, "--steps", "200", "--out", "plain.safetensors");
  const loud = [
    "text.txt",
    "--hidden",
    "9",
    "--steps",
    "200",
    "--checkpoint-every",
    "7",
    "--log",
    "loud.jsonl",
    "--json",
  ];
  expect(train(...loud, "--out", "loud.safetensors").code).toBe(0);
  expect(Buffer.compare(folder.read("loud.safetensors"), folder.read("plain.safetensors"))).toBe(0);
});

for (const [signal, expected] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  test(`after ${signal} a run says how to go on, and goes on to its own end, to the byte`, async () => {
    const args = ["text.txt", "--hidden", "9", "--steps", "40000"];
    const child = folder.start("train", ...args, "--sample-every", "100", "--out", "stopped.safetensors");
    let stderr = "";
    child.stderr.on("data", (data) => (stderr += data));
    await once(child.stdout, "data");
    child.stdout.resume();
    child.kill(signal);
    expect((await once(child, "exit"))[0]).toBe(expected);
    expect(stderr).toMatch(/^ {2}\S.+ train --resume stopped\.safetensors$/m);
    expect(record("stopped.safetensors").state.steps).toBeLessThan(40000);
    const { steps } = record("stopped.safetensors").state;
    const resumed = train("--resume", "stopped.safetensors");
    expect(resumed.code).toBe(0);
    const more = (40_000 - steps).toLocaleString("en");
    expect(resumed.stderr).toContain(`Trained ${more} more steps, 40,000 in all (`);
    train(...args, "--sample-every", "100", "-q", "--out", "never.safetensors");
    expect(Buffer.compare(folder.read("stopped.safetensors"), folder.read("never.safetensors"))).toBe(0);
  });
}

test("a second Ctrl-C leaves without another word, and the file of before stands", async () => {
  train(...SMALL, "--steps", "20", "--out", "twice.safetensors");
  const before = folder.read("twice.safetensors");
  // steps of a second or more, so that both signals come within one; sent at once, they would arrive as one
  const slow = "--backend js --hidden 300 --seq 200 --batch 10 --sample-every 0".split(" ");
  const child = folder.start("train", "text.txt", ...slow, "--steps", "50", "--out", "twice.safetensors");
  const ended = once(child, "exit");
  await once(child.stderr, "data");
  await setTimeout(1000); // introduced, it begins to listen
  child.kill("SIGINT");
  await setTimeout(200);
  child.kill("SIGINT");
  expect((await ended)[0]).toBe(130);
  expect(folder.read("twice.safetensors").equals(before)).toBe(true);
});

describe("a run at its end", () => {
  train(...SMALL, "--steps", "20", "--out", "done.safetensors");
  const done = folder.read("done.safetensors");

  test("is left as it is, with how to go further", () => {
    const { code, stderr } = train("--resume", "done.safetensors");
    expect(code).toBe(0);
    expect(stderr).toContain("done.safetensors stands at 20 steps, the end of its run.");
    expect(stderr).toMatch(/train --resume done\.safetensors --steps 40\n/);
    expect(parseJsonLines(train("--resume", "done.safetensors", "--json").stdout)).toMatchObject([
      { event: "end", finished: true, step: 20, saved: "done.safetensors" },
    ]);
    expect(folder.read("done.safetensors").equals(done)).toBe(true);
  });

  test("of its time is at its end too, and goes on for as long as a new one says", () => {
    train(...SMALL, "--time", "0.3s", "--out", "timed.safetensors");
    const { steps } = record("timed.safetensors").state;
    expect(train("--resume", "timed.safetensors").stderr).toContain("the end of its run");
    expect(train("--resume", "timed.safetensors", "--time", "0.3s", "-q").code).toBe(0);
    expect(record("timed.safetensors").state.steps).toBeGreaterThan(steps);
  });

  test("cannot end before where it stands", () => {
    expect(train("--resume", "done.safetensors", "--steps", "19")).toMatchObject({
      code: 2,
      stderr: "--steps: expected at least the 20 steps that done.safetensors has behind it, got 19\n",
    });
  });

  test("goes elsewhere as it is", () => {
    expect(train("--resume", "done.safetensors", "-q", "--out", "copy.safetensors").code).toBe(0);
    expect(folder.read("copy.safetensors").equals(done)).toBe(true);
  });

  test("with --out elsewhere leaves the file that it came from", () => {
    expect(train("--resume", "done.safetensors", "--steps", "30", "-q", "--out", "further.safetensors").code).toBe(0);
    expect(folder.read("done.safetensors").equals(done)).toBe(true);
    expect(record("further.safetensors").state.steps).toBe(30);
  });
});

describe("overrides", () => {
  train(...SMALL, "--steps", "20", "--out", "base.safetensors");
  const resume = (...args: string[]) => train("--resume", "base.safetensors", "-q", "--out", "o.safetensors", ...args);

  test("are refused unless they are named as such, by their options", () => {
    expect(resume("--steps", "30", "--lr", "0.05", "--eval-every", "3")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^--lr, --eval-every: expected as the run was begun; .+ --override\n$/),
    });
  });

  test("are recorded", () => {
    const args = ["--steps", "30", "--override", "--lr", "0.05", "--eval-every", "3"];
    expect(resume(...args)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(record("o.safetensors").history).toEqual([
      { event: "created", version: expect.any(String) },
      {
        event: "resumed",
        version: expect.any(String),
        step: 20,
        overrides: { learningRate: [0.1, 0.05], evalEvery: [1000, 3] },
      },
    ]);
  });

  test("that change nothing need no name", () => {
    expect(resume("--steps", "30", "--lr", "0.1", "--hidden", "9").code).toBe(0);
    train(...SMALL, "--steps", "30", "--out", "thirty.safetensors");
    expect(folder.read("o.safetensors").equals(folder.read("thirty.safetensors"))).toBe(true);
  });

  for (const [args, message] of [
    [["--hidden", "10", "--override"], /^--hidden: cannot change while training goes on; .+ --init-from\n$/],
    [["--preset", "char-rnn"], /^--preset: expected without --resume/],
    [["--init-from", "base.safetensors"], /^--init-from: expected without --resume/],
    [["--patience", "3", "--override"], /^--patience: expected a validation part/],
    [["--keep-best"], /^--keep-best: expected a validation part/],
  ] as [string[], RegExp][]) {
    test(`${args.join(" ")} is refused`, () => {
      expect(resume("--steps", "30", ...args)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
    });
  }

  test("without --resume are none", () => {
    for (const option of ["--override", "--allow-new-data"]) {
      expect(train("text.txt", option)).toMatchObject({
        code: 2,
        stderr: `${option}: expected with --resume alone; leave it out\n`,
      });
    }
  });
});

describe("the text", () => {
  const own = new WorkFolder();
  own.write("book.txt", TEXT);
  own.run("train", "book.txt", "--hidden", "9", "-q", "--steps", "20", "--out", "m.safetensors");

  test("is found from the folder of the file too", () => {
    mkdirSync(join(own.path, "elsewhere"));
    const { code, stderr } = own.shell("cd elsewhere && charloom train --resume ../m.safetensors --steps 25 -q");
    expect([code, stderr]).toEqual([0, ""]);
  });

  test("that has changed is refused in one line, and the file stands", () => {
    const before = own.read("m.safetensors");
    own.write("book.txt", `${TEXT}more`);
    const { code, stderr } = own.run("train", "--resume", "m.safetensors", "--steps", "30");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^m\.safetensors: its text \(book\.txt\) has changed since: .+ --allow-new-data\n$/);
    own.write("book.txt", `${TEXT}é`);
    expect(own.run("train", "--resume", "m.safetensors", "--steps", "30").stderr).toMatch(/has changed since: .+"é"/);
    expect(own.read("m.safetensors").equals(before)).toBe(true);
  });

  test("that has changed is gone on with by --allow-new-data", () => {
    own.write("book.txt", `${TEXT}more`);
    const args = ["--resume", "m.safetensors", "--steps", "300", "--allow-new-data", "--out", "new.safetensors", "-q"];
    expect(own.run("train", ...args)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(own.run("train", "--resume", "new.safetensors", "--steps", "310", "-q").code).toBe(0);
  });

  test("may be named anew, under another name", () => {
    own.write("moved.txt", TEXT);
    expect(own.run("train", "moved.txt", "--resume", "m.safetensors", "--steps", "40", "-q").stderr).toBe("");
    expect(own.run("train", "--resume", "m.safetensors", "--steps", "50", "-q").stderr).toBe("");
  });

  test("that is gone is an error that names it", () => {
    own.write("gone.txt", TEXT);
    own.run("train", "gone.txt", "--hidden", "9", "-q", "--steps", "2", "--out", "g.safetensors");
    own.shell("rm gone.txt");
    expect(own.run("train", "--resume", "g.safetensors", "--steps", "3")).toMatchObject({
      code: 1,
      stderr: "gone.txt: no such file\n",
    });
  });

  test("from standard input is to be piped in again", () => {
    own.shell("cat moved.txt | charloom train - --hidden 9 -q --steps 20 --out pipe.safetensors");
    expect(own.run("train", "--resume", "pipe.safetensors", "--steps", "30")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("charloom train - --resume pipe.safetensors"),
    });
    expect(own.shell("cat moved.txt | charloom train - --resume pipe.safetensors --steps 30 -q").stderr).toBe("");
  });

  test("with its line ends folded is read so again", () => {
    own.write("dos.txt", TEXT.replaceAll("\n", "\r\n"));
    own.run(
      "train",
      "dos.txt",
      "--normalize-newlines",
      "--hidden",
      "9",
      "-q",
      "--steps",
      "20",
      "--out",
      "dos.safetensors",
    );
    expect(own.run("train", "--resume", "dos.safetensors", "--steps", "30", "-q").stderr).toBe("");
  });
});

test("a log goes on behind the last step of the checkpoint, over what was lost after it", () => {
  const log = ["--log", "run.jsonl", "--sample-every", "0"];
  train(...SMALL, "--steps", "60", "--out", "logged.safetensors", ...log);
  const lines = folder.read("run.jsonl").toString();
  const whole = folder.readJsonLines("run.jsonl");
  train(...SMALL, "--steps", "40", "--out", "logged.safetensors");
  folder.write("run.jsonl", lines.slice(0, -30)); // as of a run that was killed while it wrote, some steps later
  expect(train("--resume", "logged.safetensors", "--steps", "60", "-q", "--log", "run.jsonl").stderr).toBe("");
  const again = folder.readJsonLines("run.jsonl");
  const timeless = ({ tokensPerSecond: _, ...rest }: Record<string, unknown>) => rest;
  expect(again.map(timeless)).toEqual(whole.map(timeless));
});

describe("--keep-last and --keep-best", () => {
  const kept = new WorkFolder();
  kept.write("text.txt", TEXT);
  kept.write("m-step5.safetensors.old", "not ours");
  kept.write("m-2.safetensors", "another run's");
  const args = ["text.txt", "--hidden", "9", "-q", "--val-fraction", "0.2", "--eval-every", "10", "--lr", "0.5"];
  kept.run(
    "train",
    ...args,
    "--steps",
    "95",
    "--checkpoint-every",
    "20",
    "--keep-last",
    "2",
    "--keep-best",
    "--out",
    "m.safetensors",
    "--log",
    "l.jsonl",
  );

  test("keep the last few, the best, the latest, and nothing else's", () => {
    expect(kept.names().sort()).toEqual(
      [
        "l.jsonl",
        "m-2.safetensors",
        "m-best.safetensors",
        "m-step80.safetensors",
        "m-step95.safetensors",
        "m-step5.safetensors.old",
        "m.safetensors",
        "text.txt",
      ].sort(),
    );
    expect(kept.read("m-step95.safetensors").equals(kept.read("m.safetensors"))).toBe(true);
  });

  test("the best is that of the least validation loss, and training goes on from any of them", () => {
    const looks = kept.readJsonLines("l.jsonl").filter(({ valLoss, step }) => valLoss !== undefined && step % 10 === 0);
    const best = looks.reduce((least, look) => (look.valLoss < least.valLoss ? look : least));
    const { metadata } = parseSafetensors(kept.read("m-best.safetensors"), "best");
    expect(metadata.get("step")).toBe(String(best.step));
    for (const file of ["m-best.safetensors", "m-step80.safetensors"]) {
      expect(kept.run("train", "--resume", file, "--steps", "95", "-q", "--out", "again.safetensors").stderr).toBe("");
      expect(kept.read("again.safetensors").equals(kept.read("m.safetensors"))).toBe(true);
    }
  });
});

test("a checkpoint that cannot be written is said once, training goes on, and so is that it works again", async () => {
  const own = new WorkFolder();
  own.write("text.txt", TEXT);
  mkdirSync(join(own.path, "out"));
  const move = (from: string, to: string) => renameSync(join(own.path, from), join(own.path, to));
  const saved = () => existsSync(join(own.path, "out/m.safetensors"));
  const run = async (during: (output: { readonly stderr: string }) => Promise<void>) => {
    const args = ["--hidden", "9", "--time", "4s", "--checkpoint-every", "100", "--json", "--out", "out/m.safetensors"];
    const child = own.start("train", "text.txt", ...args);
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (data) => (output.stdout += data));
    child.stderr.on("data", (data) => (output.stderr += data));
    const ended = once(child, "exit");
    await during(output);
    return { code: (await ended)[0], ...output };
  };
  const recovered = await run(async (output) => {
    await until(saved);
    move("out", "away");
    await until(() => output.stderr !== "");
    move("away", "out");
  });
  const said = "Could not save: out/m.safetensors: no such file. Training goes on; what was saved before stands.\n";
  expect(recovered).toMatchObject({ code: 0, stderr: said });
  const notes = parseJsonLines(recovered.stdout).filter(({ event }) => event === "note");
  expect(notes.map(({ text }) => text)).toEqual([said.trimEnd(), "Saving works again."]);
  rmSync(join(own.path, "out/m.safetensors"));
  const lost = await run(async () => {
    await until(saved);
    move("out", "away");
  });
  expect(lost.code).toBe(1);
  expect(lost.stderr).toMatch(
    /^Could not save: .+\nout\/m\.safetensors: no such file; the checkpoint of step \d+ stands\n$/,
  );
  parseSafetensors(own.read("away/m.safetensors"), "m");
});

/** Looks every few milliseconds; the test's own limit ends it. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setTimeout(5);
}

test("what a killed run left of a file is swept away, and nothing else", () => {
  const own = new WorkFolder();
  own.write("text.txt", TEXT);
  const dead = ".m.safetensors.4194999.tmp"; // beyond the largest process number
  own.write(dead, "half");
  own.write(`.m.safetensors.${process.pid}.tmp`, "of a process that lives");
  own.write(".notes.4194999.tmp", "somebody else's");
  own.run("train", "text.txt", "--hidden", "9", "-q", "--steps", "2", "--out", "m.safetensors");
  expect(own.names().sort()).toEqual(
    [`.m.safetensors.${process.pid}.tmp`, ".notes.4194999.tmp", "m.safetensors", "text.txt"].sort(),
  );
});
