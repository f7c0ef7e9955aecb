/** A disk that is full, or becomes so: what was saved stands, training goes on, and says what it could not save. */

import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { Tally } from "./scale.ts";

const MAIN = resolve("dist/cli/main.js");
const tally = new Tally("full disk");

/** A shell's command line in a file system of 1 MB of its own, which is gone afterwards. */
function onSmallDisk(line: string) {
  const script = `set -e; mount -t tmpfs -o size=1m none /mnt; cd /mnt; charloom() { "${process.execPath}" "${MAIN}" "$@"; }; ${line}`;
  return spawnSync("unshare", ["--map-root-user", "--mount", "bash", "-c", script], { encoding: "utf8" });
}

const mounts = onSmallDisk("true").status === 0;
if (!mounts) console.warn("No full disk is tried: no file system may be mounted here.");

/** A model of 180 KB; a second file of that size does not fit beside the ballast. */
const TRAIN = "charloom train -q --out m.safetensors";

test.skipIf(!mounts)("a disk that fills up while a run trains costs no step and no file", () => {
  const { status, stdout, stderr } = onSmallDisk(`
    ${TRAIN} --steps 20
    cp m.safetensors good
    head -c 560000 /dev/zero > ballast
    set +e
    charloom train --resume m.safetensors --steps 400 --checkpoint-every 50 -q; echo "code $?"
    cmp m.safetensors good && echo whole
    rm ballast
    ls -A
    charloom train --resume m.safetensors --steps 400 -q; echo "code $?"`);
  expect(status).toBe(0);
  expect(stdout).toBe("code 1\nwhole\ngood\nm.safetensors\ncode 0\n");
  expect(stderr.split("\n")).toEqual([
    "Could not save: m.safetensors: no space left on the disk. Training goes on; what was saved before stands.",
    "m.safetensors: no space left on the disk",
    "",
  ]);
  tally.add("runs on a disk that filled up");
});

test.skipIf(!mounts)("a disk that has room again is written to again, and the last file is the undisturbed one", () => {
  const { stdout, stderr } = onSmallDisk(`
    ${TRAIN} --steps 20
    head -c 800000 /dev/zero > ballast
    set +e
    errors=$(mktemp)
    (for i in {1..300}; do grep -q "Could not save" "$errors" && break; sleep 0.1; done; rm ballast) &
    charloom train --resume m.safetensors --time 3s --checkpoint-every 100 -q 2> "$errors"; echo "code $?"
    cat "$errors" >&2; rm "$errors"
    charloom inspect m.safetensors > /dev/null; echo "code $?"`);
  expect(stdout).toBe("code 0\ncode 0\n");
  expect(stderr.match(/Could not save/g)).toHaveLength(1);
  tally.add("recoveries");
});

test.skipIf(!mounts)("a read-only disk is refused before training", () => {
  const { stdout, stderr } = onSmallDisk(`mount -o remount,ro /mnt; set +e; ${TRAIN} --steps 20; echo "code $?"`);
  expect([stdout, stderr]).toEqual(["code 1\n", "/mnt: the disk is read-only\n"]);
  tally.add("refusals of a read-only disk");
});
