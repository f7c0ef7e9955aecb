/** kill -9 at random moments of a run that saves all the time: no file is ever less than whole, and nothing of the run is lost. */

import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { builtinCorpus } from "../../src/data/builtin-corpora.ts";
import { WorkFolder } from "../cli/command-line.ts";
import { checkModels, orphans, stepOf } from "./checked-files.ts";
import { PATIENCE, scaled, seededNumbers, Tally } from "./scale.ts";

const KILLS = scaled(8, 300);
const tally = new Tally("kill -9");
const TEXT = (await builtinCorpus("sonnets")).slice(0, 6000);

const RUNS: Record<string, string[]> = {
  "every step saved": "--hidden 20 --checkpoint-every 1".split(" "),
  "copies, the best, early stopping and rollbacks":
    "--hidden 9 --cell gru --layers 2 --dropout 0.2 --optimizer adam --val-fraction 0.2 --eval-every 5 --patience 1000000 --on-nan rollback --checkpoint-every 3 --keep-last 2 --keep-best".split(
      " ",
    ),
};

for (const [seed, [name, args]] of Object.entries(RUNS).entries()) {
  test(
    `${name}: ${KILLS} kills leave whole files, and the last file of an undisturbed run`,
    async () => {
      const random = seededNumbers(seed);
      const folder = new WorkFolder();
      folder.write("text.txt", TEXT);
      const plain = ["text.txt", ...args.slice(0, args.indexOf("--checkpoint-every"))];
      const saving = args.slice(args.indexOf("--checkpoint-every"));
      const begin = [...plain, ...saving, "--steps", "1000000000", "--out", "m.safetensors"];
      const started = performance.now();
      folder.run("train", ...plain, "--steps", "1", "-q", "--out", "first.safetensors");
      const startup = performance.now() - started;
      let latest = 0;
      for (let kills = 0; kills < KILLS; ) {
        const resumes = stepOf(folder, "m.safetensors") > 0;
        const child = folder.start("train", ...(resumes ? ["--resume", "m.safetensors", ...saving] : begin), "-q");
        child.stdout.resume();
        let stderr = "";
        child.stderr.on("data", (data) => (stderr += data));
        const ended = once(child, "exit");
        // some kills come before it trains, most while it does
        await Promise.race([setTimeout(startup * (0.5 + 2 * random())), ended]);
        child.kill("SIGKILL");
        expect([(await ended)[1], stderr]).toEqual(["SIGKILL", ""]);
        kills++;
        tally.add("kills");
        tally.add("files left whole", await checkModels(folder));
        if (orphans(folder).length > 0) tally.add("of the kills while a file was written");
        expect(orphans(folder).length).toBeLessThanOrEqual(1);
        const step = stepOf(folder, "m.safetensors");
        expect(step).toBeGreaterThanOrEqual(latest);
        latest = step;
      }
      expect(latest).toBeGreaterThan(0);
      const steps = ["--steps", String(latest + 10)];
      expect(folder.run("train", "--resume", "m.safetensors", ...steps, "-q", ...saving).stderr).toBe("");
      expect(orphans(folder)).toEqual([]);
      folder.run("train", ...plain, ...steps, "-q", "--out", "whole.safetensors");
      expect(folder.read("m.safetensors").equals(folder.read("whole.safetensors"))).toBe(true);
      tally.add("steps survived", latest);
    },
    PATIENCE,
  );
}
