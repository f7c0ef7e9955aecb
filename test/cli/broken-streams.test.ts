import { once } from "node:events";
import { existsSync, linkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { modelFromBytes } from "../../src/formats/model-file.ts";
import { WorkFolder } from "./command-line.ts";

const folder = new WorkFolder();
folder.write("text.txt", "round and round the rugged rock\n".repeat(20));
const TRAIN = "charloom train text.txt --steps 3000 --sample-every 5";

/** Linux's full disk. */
const hasFull = existsSync("/dev/full");

describe("the trained model is saved whatever becomes of the output", () => {
  const cases: [string, string, number, RegExp][] = [
    ["standard output and error read no further", `${TRAIN} --out OUT 2>&1 | head -1; exit \${PIPESTATUS[0]}`, 0, /^$/],
    ["standard output closed", `${TRAIN} --out OUT >&-`, 0, /Saved/],
  ];
  if (hasFull) {
    cases.push(
      [
        "standard output on a full disk",
        `${TRAIN} --out OUT > /dev/full`,
        1,
        /standard output: no space left on the disk\n$/,
      ],
      ["standard error on a full disk", `${TRAIN} --out OUT 2> /dev/full`, 1, /^$/],
      ["the log on a full disk", `${TRAIN} --out OUT --log /dev/full`, 1, /\/dev\/full: no space left on the disk\n$/],
    );
  }
  for (const [index, [what, line, expectedCode, message]] of cases.entries()) {
    test(what, async () => {
      const out = `model-${index}.safetensors`;
      const { code, stderr } = folder.shell(line.replaceAll("\\$", "$").replace("OUT", out));
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/\n\s+at |fault of charloom/);
      expect(code).toBe(expectedCode);
      const model = await modelFromBytes(folder.read(out));
      expect(model.recipe.hiddenSize).toBe(100);
    });
  }
});

for (const command of ["gradcheck --hidden 3", "--help", "train --help"]) {
  test(`${command}: a reader that leaves at once gets no stack trace`, () => {
    const { code, stderr } = folder.shell(`charloom ${command} | true; exit \${PIPESTATUS[0]}`.replaceAll("\\$", "$"));
    expect([code, stderr]).toEqual([0, ""]);
  });
}

test("a text is not overwritten by a log that is another name of it", () => {
  linkSync(join(folder.path, "text.txt"), join(folder.path, "hard-link.txt"));
  const before = folder.read("text.txt");
  const { code, stderr } = folder.run("train", "text.txt", "--steps", "1", "--log", "hard-link.txt");
  expect(stderr).toMatch(/^--log: "hard-link\.txt" is a file of this run already; choose another name\n$/);
  expect(code).toBe(2);
  expect(folder.read("text.txt")).toEqual(before);
});

test("a pipe or a device is not replaced by a model", () => {
  const { code, stderr } = folder.shell(
    "mkfifo pipe && charloom train text.txt --steps 1 --out pipe; code=$?; test -p pipe && exit $code",
  );
  expect(stderr).toBe("pipe: expected a regular file, got a device or a pipe\n");
  expect(code).toBe(1);
});

test("two runs that end on the same default name both keep their model", () => {
  const { code } = folder.shell(
    "for s in 1 2 3; do charloom train text.txt --steps 2 --seed $s -q & done; wait; ls text*.safetensors | wc -l | grep -qx 3",
  );
  expect(code).toBe(0);
});

test("control characters in a file do not reach the terminal", () => {
  const header = JSON.stringify({ "evil\n\x1b[2Jname": { dtype: "X", shape: [], data_offsets: [0, 0] } });
  const length = Buffer.alloc(8);
  length.writeUInt32LE(Buffer.byteLength(header));
  folder.write("evil.safetensors", Buffer.concat([length, Buffer.from(header)]));
  const { code, stderr } = folder.run("sample", "evil.safetensors");
  expect(code).toBe(1);
  expect(stderr).toMatch(/^[^\p{Cc}]+\n$/u);
});

test("Ctrl-C ends a long sample too", async () => {
  const child = folder.start(
    "train",
    "text.txt",
    "--hidden",
    "2000",
    "--sample-length",
    "1000000",
    "--out",
    "long.safetensors",
  );
  let stderr = "";
  let signalled = false;
  child.stderr.on("data", (data) => {
    stderr += data;
    if (signalled || !stderr.includes("Memory:")) return;
    signalled = true; // a second signal would end it at once
    setTimeout(() => child.kill("SIGINT"), 300); // while it draws the first sample
  });
  const [code] = await once(child, "exit");
  expect(stderr).toMatch(/Saved long\.safetensors/);
  expect(code).toBe(130);
});
