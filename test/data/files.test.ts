/** Files are read with errors that name them and say why. */

import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { FileError, readBytes, readBytesOrInput, readModelBytes, readTextOrInput } from "../../src/data/files.ts";
import { FormatError } from "../../src/formats/safetensors.ts";
import { readText } from "../../src/node.ts";

const folder = mkdtempSync(join(tmpdir(), "charloom-files-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
function fileOf(content: string | Uint8Array): string {
  const path = join(folder, `${files++}`);
  writeFileSync(path, content);
  return path;
}

/** What this process has open. */
function openPaths(): string[] {
  return readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ""; // of the list itself
    }
  });
}

/** Bytes of the beginning that a reader of models looks at. */
const HEAD = 4096;
const bytesOf = (length: number) => Uint8Array.from({ length }, (_, i) => 7 * i + (i >> 8));

describe.skipIf(process.platform === "win32")("a path that cannot be read", () => {
  const loop = join(folder, "loop");
  symlinkSync("loop", loop);
  const cases: [string, string, string][] = [
    ["that is nowhere", join(folder, "none"), "no such file"],
    ["of a folder", folder, "expected a file, got a folder"],
    ["through a file", join(fileOf("x"), "y"), "a part of the path is not a folder"],
    ["of a link to itself", loop, "too many symbolic links"],
    // what the table has no words for is what the system says
    ["longer than any name", join(folder, "x".repeat(300)), "ENAMETOOLONG: name too long"],
  ];
  for (const [what, path, reason] of cases) {
    test(`${what} is a FileError with the path and the reason`, async () => {
      for (const read of [readBytes, readText, (path: string) => readModelBytes(path, () => {})]) {
        expect(() => read(path)).toThrow(`${path}: ${reason}`);
        const cause = expect.objectContaining({ code: expect.stringMatching(/^E[A-Z]+$/) });
        expect(() => read(path)).toThrow(expect.objectContaining({ name: "FileError", code: "ERR_FILE", cause }));
      }
      for (const read of [readBytesOrInput, readTextOrInput]) await expect(read(path)).rejects.toThrow(FileError);
    });
  }

  test.skipIf(process.getuid?.() === 0)("without permission is one too", () => {
    const path = fileOf("x");
    chmodSync(path, 0);
    expect(() => readText(path)).toThrow(`${path}: no permission`);
  });
});

test("a text is read whole, or refused where there is none or it is not UTF-8", async () => {
  expect(readText(fileOf("ünï\r\n"))).toBe("ünï\r\n");
  expect(await readTextOrInput(fileOf("ünï"))).toBe("ünï");
  expect([...(await readBytesOrInput(fileOf(Uint8Array.of(0xff, 0))))]).toEqual([0xff, 0]);
  const [empty, binary] = [fileOf(""), fileOf(Uint8Array.of(0x61, 0xff))];
  for (const read of [readTextOrInput, readBytesOrInput]) {
    await expect(read(empty)).rejects.toThrow(`${empty}: expected text, got an empty file`);
    await expect(read(empty)).rejects.toThrow(RangeError);
  }
  expect(() => readText(binary)).toThrow(`${binary}: expected UTF-8 text, got the byte 0xff at offset 1;`);
});

describe("the bytes of a model", () => {
  test("are all of its file's, of which the check sees the beginning and the length", () => {
    for (const length of [0, 1, HEAD - 1, HEAD, HEAD + 1, 3 * HEAD]) {
      const bytes = bytesOf(length);
      const seen: unknown[] = [];
      const read = readModelBytes(fileOf(bytes), (head, whole) => seen.push(Buffer.from(head), whole));
      expect(Buffer.compare(read, bytes), `${length} bytes`).toBe(0);
      expect(seen).toEqual([Buffer.from(bytes.subarray(0, HEAD)), length]);
    }
  });

  test.skipIf(process.platform === "win32")("are read from a pipe too, however many", async () => {
    for (const length of [10, HEAD, HEAD + 1, 5 * HEAD + 7]) {
      const bytes = bytesOf(length);
      const pipe = join(folder, `pipe${length}`);
      execFileSync("mkfifo", [pipe]);
      const writer = spawn("bash", ["-c", `cat "$0" > "$1"`, fileOf(bytes), pipe]);
      const seen: unknown[] = [];
      const read = readModelBytes(pipe, (head, whole) => seen.push(head.length, whole));
      expect(Buffer.compare(read, bytes), `${length} bytes`).toBe(0);
      expect(seen).toEqual([Math.min(length, HEAD), undefined]);
      writer.kill();
    }
  });

  test.skipIf(!existsSync("/proc/self/fd"))("leave no file open, read or refused", () => {
    const path = fileOf(bytesOf(HEAD + 1));
    const refuse = () => {
      throw new FormatError("no model");
    };
    readModelBytes(path, () => {});
    expect(() => readModelBytes(path, refuse)).toThrow(FormatError);
    expect(openPaths()).not.toContain(path);
  });

  test("are not read where the check refuses them, in its own words", () => {
    const path = fileOf(bytesOf(2 * HEAD));
    for (const error of [new FormatError("no model"), new RangeError("too much")]) {
      const refuse = () => {
        throw error;
      };
      expect(() => readModelBytes(path, refuse)).toThrow(error);
    }
  });
});
