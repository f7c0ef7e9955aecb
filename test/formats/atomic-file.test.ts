import { mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeFileAtomically } from "../../src/formats/atomic-file.ts";

const folder = () => mkdtempSync(join(tmpdir(), "charloom-"));

test("a file is replaced by the new bytes, and nothing else is left in the folder", () => {
  const path = join(folder(), "model");
  writeFileAtomically(path, new Uint8Array([1, 2, 3]));
  writeFileAtomically(path, new Uint8Array(100_000).fill(7));
  expect(readFileSync(path)).toEqual(Buffer.alloc(100_000, 7));
  expect(readdirSync(join(path, ".."))).toEqual(["model"]);
});

test("a failure leaves the folder as it was", () => {
  const parent = folder();
  writeFileSync(join(parent, "file"), "old");
  expect(() => writeFileAtomically(join(parent, "file", "model"), new Uint8Array(1))).toThrow(/ENOTDIR/);
  expect(() => writeFileAtomically(parent, new Uint8Array(1))).toThrow();
  expect(readdirSync(parent)).toEqual(["file"]);
  expect(readFileSync(join(parent, "file"), "utf8")).toBe("old");
});

test("what a dead process left under the temporary name does not stand in the way", () => {
  const path = join(folder(), "model");
  writeFileSync(join(path, "..", `.model.${process.pid}.tmp`), "half");
  writeFileAtomically(path, new Uint8Array([1]));
  expect(readdirSync(join(path, ".."))).toEqual(["model"]);
});

test("behind a symbolic link, the file it points to is replaced, and the link stays", () => {
  const parent = folder();
  writeFileSync(join(parent, "target"), "old");
  symlinkSync("target", join(parent, "link"));
  writeFileAtomically(join(parent, "link"), new Uint8Array([65]));
  expect(readFileSync(join(parent, "target"), "utf8")).toBe("A");
});
