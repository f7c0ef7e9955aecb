/**
 * Kills and errors at one system call of saving after another, by strace: at each write, flush, rename and unlink of the files that a
 * run writes, and no others.
 */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { builtinCorpus } from "../../src/data/builtin-corpora.ts";
import { WorkFolder } from "../cli/command-line.ts";
import { checkModels, orphans, stepOf } from "./checked-files.ts";
import { PATIENCE, scaled, Tally } from "./scale.ts";

const tally = new Tally("strace");
const TEXT = (await builtinCorpus("sonnets")).slice(0, 6000);
const CALLS = ["write", "fsync", "rename", "fchmod", "openat", "close"];
const ERRORS = ["EIO", "ENOSPC", "EACCES", "EROFS", "EDQUOT"];
const TIMES = scaled(1, 6);

/** Why nothing can be injected here; undefined if it can. */
const obstacle = (() => {
  const { status, stderr, error } = spawnSync("strace", ["-f", "-o", "/dev/null", "true"], { encoding: "utf8" });
  if (error !== undefined) return "no strace (Debian: apt-get install strace)";
  return status === 0 ? undefined : `strace may not trace: ${stderr.trim().split("\n")[0]}`;
})();
if (obstacle !== undefined) console.warn(`No faults are injected into system calls: ${obstacle}.`);

/** A run of which strace changes the `when`-th call, counted from some time after its start, that touches its temporary file. */
async function disturbed(folder: WorkFolder, call: string, fault: string, when: number) {
  folder.write("text.txt", TEXT);
  const child = folder.start(
    ..."train text.txt --hidden 20 --time 2s --checkpoint-every 20 --out m.safetensors -q".split(" "),
  );
  child.stdout.resume();
  let stderr = "";
  child.stderr.on("data", (data) => (stderr += data));
  const ended = once(child, "exit");
  while (stepOf(folder, "m.safetensors") === 0 && child.exitCode === null) await setTimeout(20);
  const paths = [`.m.safetensors.${child.pid}.tmp`, "."].map((name) => ["-P", join(folder.path, name)]);
  const tracer = spawn(
    "strace",
    [
      "-f",
      "-p",
      String(child.pid),
      "-o",
      "/dev/null",
      ...paths.flat(),
      "-e",
      `trace=${call}`,
      "-e",
      `inject=${call}:${fault}:when=${when}`,
    ],
    { stdio: "ignore" },
  );
  const [code, signal] = await ended;
  await Promise.race([once(tracer, "exit"), setTimeout(2000)]);
  return { code, signal, stderr };
}

async function expectWhole(folder: WorkFolder): Promise<void> {
  expect(await checkModels(folder)).toBe(1);
  const step = stepOf(folder, "m.safetensors");
  const steps = ["--steps", String(step + 5)];
  expect(folder.run("train", "--resume", "m.safetensors", ...steps, "-q").stderr).toBe("");
  folder.run("train", "text.txt", "--hidden", "20", ...steps, "-q", "--out", "whole.safetensors");
  expect(folder.read("m.safetensors").equals(folder.read("whole.safetensors"))).toBe(true);
  expect(orphans(folder)).toEqual([]);
}

for (const call of CALLS) {
  test.skipIf(obstacle !== undefined)(
    `killed at ${call}, a run leaves a whole file, and goes on from it to the byte`,
    async () => {
      for (let time = 1; time <= TIMES; time++) {
        const folder = new WorkFolder();
        const { signal } = await disturbed(folder, call, "signal=KILL", time);
        expect(signal, `the ${time}-th`).toBe("SIGKILL");
        await expectWhole(folder);
        tally.add(`kills at ${call}`);
      }
    },
    PATIENCE,
  );

  if (call === "close") continue; // whose failure comes after the fact, and closes anyway
  test.skipIf(obstacle !== undefined)(
    `where ${call} fails, a run says once that it could not save, and goes on to the same end`,
    async () => {
      for (const error of ERRORS.slice(0, scaled(2, ERRORS.length))) {
        const folder = new WorkFolder();
        const { code, stderr } = await disturbed(folder, call, `error=${error}`, 2);
        expect(code, stderr).toBe(0);
        expect(stderr).toMatch(
          /^Could not save: m\.safetensors: [^\n]+\. Training goes on; what was saved before stands\.\n$/,
        );
        await expectWhole(folder);
        tally.add(`${error} at ${call}`);
      }
    },
    PATIENCE,
  );
}
