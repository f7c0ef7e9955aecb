import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { checkReplaceable, sweepOrphans, writeFileAtomically, writeNewFile } from "../../src/formats/atomic-file.ts";

const root = mkdtempSync(join(tmpdir(), "charloom-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const folder = () => mkdtempSync(join(root, "folder-"));

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

test("a name as long as the system takes is no hindrance, and the file's permissions stay", () => {
  const path = join(folder(), "m".repeat(255));
  writeFileSync(path, "old", { mode: 0o600 });
  writeFileAtomically(path, new Uint8Array([65]));
  expect(readFileSync(path, "utf8")).toBe("A");
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("orphans are those of dead processes, of the file's name or of a model's, wherever a link to it stands", () => {
  const [parent, other] = [folder(), folder()];
  symlinkSync(join(parent, "model"), join(other, "link"));
  const orphans = [".model.4194999.tmp", ".x-step5.safetensors.4194999.tmp"];
  const others = [
    `.model.${process.ppid}.tmp`,
    ".notes.4194999.tmp",
    ".model.0.tmp",
    ".model.tmp",
    "model.4194999.tmp",
  ];
  for (const name of [...orphans, ...others, "model"]) writeFileSync(join(parent, name), "");
  sweepOrphans(join(other, "link"));
  expect(readdirSync(parent).sort()).toEqual([...others, "model"].sort());
  sweepOrphans(join(other, "no", "such", "folder"));
});

test("behind a symbolic link, the file it points to is replaced, and the link stays", () => {
  const parent = folder();
  writeFileSync(join(parent, "target"), "old");
  symlinkSync("target", join(parent, "link"));
  writeFileAtomically(join(parent, "link"), new Uint8Array([65]));
  expect(readFileSync(join(parent, "target"), "utf8")).toBe("A");
  expect(lstatSync(join(parent, "link")).isSymbolicLink()).toBe(true);
});

test("a link to nothing, or to itself, is refused and stays", () => {
  const parent = folder();
  symlinkSync("nowhere", join(parent, "dangling"));
  symlinkSync("loop", join(parent, "loop"));
  for (const name of ["dangling", "loop"]) {
    expect(() => writeFileAtomically(join(parent, name), new Uint8Array(1))).toThrow(/ENOENT|ELOOP/);
    expect(lstatSync(join(parent, name)).isSymbolicLink()).toBe(true);
  }
});

test("only a regular file, a link to one, or nothing is to be replaced", () => {
  const parent = folder();
  writeFileSync(join(parent, "file"), "old");
  symlinkSync("file", join(parent, "link"));
  for (const name of ["file", "link", "nothing"]) expect(() => checkReplaceable(join(parent, name))).not.toThrow();
  expect(() => checkReplaceable(parent)).toThrow(expect.objectContaining({ code: "EISDIR" }));
  expect(() => writeFileAtomically(parent, new Uint8Array(1))).toThrow("expected a file, got a folder");
});

test.skipIf(!existsSync("/dev/null"))("a device is refused, and stays one", () => {
  for (const write of [checkReplaceable, (path: string) => writeFileAtomically(path, new Uint8Array(1))]) {
    expect(() => write("/dev/null")).toThrow("expected a regular file, got a device or a pipe");
  }
  expect(lstatSync("/dev/null").isCharacterDevice()).toBe(true);
});

test.skipIf(!existsSync("/proc/self/fd"))("no file stays open, whether written or not", () => {
  const parent = folder();
  const open = () => readdirSync("/proc/self/fd").filter((fd) => targetOf(fd).startsWith(parent));
  writeFileAtomically(join(parent, "model"), new Uint8Array(1));
  writeNewFile(join(parent, "new"), new Uint8Array(1));
  expect(() => writeNewFile(join(parent, "new"), new Uint8Array(1))).toThrow();
  expect(open()).toEqual([]);
});

function targetOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return ""; // the one that lists the others
  }
}

test("a new file never replaces another", () => {
  const path = join(folder(), "model");
  writeNewFile(path, new Uint8Array([1]));
  expect(() => writeNewFile(path, new Uint8Array([2]))).toThrow(expect.objectContaining({ code: "EEXIST" }));
  expect(readFileSync(path)).toEqual(Buffer.from([1]));
  expect(readdirSync(join(path, ".."))).toEqual(["model"]);
});
