/** Zip archives as PyTorch's own writer makes them, which is not how Python's does: zip64 records always, data aligned by padding. */

import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/formats/safetensors.ts";
import { looksLikeZip, readStoredZip } from "../../src/formats/zip.ts";
import { storedZip, type ZipForm } from "../interchange/checkpoint-writer.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const ENTRIES = [
  ["archive/data.pkl", Buffer.from("a pickle")],
  ["archive/data/0", Buffer.from("its numbers, which are more")],
  ["archive/ä", Buffer.from("")],
  ["archive/version", Buffer.from("3\n")],
] as const;
const read = (bytes: Uint8Array) => [...readStoredZip(bytes, "file")].map(([name, data]) => [name, text(data)]);
const expected = ENTRIES.map(([name, data]) => [name, text(data)]);

describe("an archive is read whatever of the format it uses:", () => {
  const forms: Record<string, ZipForm> = {
    "nothing but the least": {},
    "the end records of zip64": { zip64: true },
    "data at multiples of 64, by padding that may be longer than 255 bytes": { alignment: 512 },
    "a comment at its end": { comment: "c".repeat(300) },
    "sizes and offsets in zip64's extra field": { extended: ["size", "stored", "offset"] },
    "an offset alone in zip64's extra field": { extended: ["offset"] },
    "both sizes in zip64's extra field, after the field of a time": {
      extended: ["size", "stored"],
      otherExtra: [0x55, 0x54, 5, 0, 1, 0, 0, 0, 0],
    },
    "the field of a time alone": { otherExtra: [0x55, 0x54, 5, 0, 1, 0, 0, 0, 0] },
    "all of it, as torch.save writes large files": {
      zip64: true,
      alignment: 64,
      extended: ["size", "stored", "offset"],
    },
  };
  for (const [what, form] of Object.entries(forms)) {
    test(what, () => expect(read(storedZip(ENTRIES, form))).toEqual(expected));
  }

  test("no entry at all", () => {
    expect(read(storedZip([]))).toEqual([]);
    expect(read(storedZip([], { zip64: true }))).toEqual([]);
  });

  test("bytes that stand within a larger array", () => {
    const archive = storedZip(ENTRIES, { zip64: true, extended: ["offset"] });
    const larger = new Uint8Array(archive.length + 20).fill(0x50);
    larger.set(archive, 10);
    expect(read(larger.subarray(10, 10 + archive.length))).toEqual(expected);
  });

  test("a directory in another order than the data", () => {
    const archive = storedZip([
      ["a", Buffer.from("first")],
      ["b", Buffer.from("other")],
    ]);
    const directory = archive.length - 22 - 2 * 47;
    const [a, b] = [archive.slice(directory, directory + 47), archive.slice(directory + 47, directory + 94)];
    archive.set(b, directory);
    archive.set(a, directory + 47);
    expect(read(archive)).toEqual([
      ["b", "other"],
      ["a", "first"],
    ]);
    // and where both are said to be in one place, the order does not hide it
    archive.set(archive.subarray(directory + 47 + 42, directory + 47 + 46), directory + 42);
    archive.set(archive.subarray(directory + 47 + 16, directory + 47 + 20), directory + 16);
    expect(() => read(archive)).toThrow("file: its zip entries overlap");
  });
});

test("an entry within another's data, of which a small file could hold many, is refused", () => {
  const inner = storedZip([["b", Buffer.from("text")]]).subarray(0, 31 + 4);
  const archive = storedZip([
    ["a", inner],
    ["b", Buffer.from("text")],
  ]);
  const offsetOfB = archive.length - 22 - 47 + 42;
  expect(read(archive).map(([name]) => name)).toEqual(["a", "b"]);
  archive[offsetOfB] = 31; // where the data of a begins
  expect(() => read(archive)).toThrow("file: its zip entries overlap");
});

describe("a damaged archive is refused with its reason:", () => {
  const one = [["a", Buffer.from("text")]] as const;
  const DIRECTORY = 31 + 4;
  /** An archive of one entry, some of whose bytes are set. */
  const changed = (form: ZipForm, ...changes: (readonly [at: number, bytes: readonly number[]])[]) => {
    const archive = storedZip(one, form);
    for (const [at, bytes] of changes) archive.set(bytes, at < 0 ? archive.length + at : at);
    return archive;
  };
  const extended: ZipForm = { extended: ["size", "stored", "offset"] };
  const [RECORD_64, LOCATOR_64] = [-(22 + 20 + 56), -(22 + 20)];
  const cases: [string, Uint8Array, string][] = [
    ["a name that is not UTF-8", changed({}, [DIRECTORY + 46, [0xff]]), "a zip entry's name is not UTF-8"],
    ["a name beyond the directory", changed({}, [DIRECTORY + 28, [2]]), "its zip directory is damaged"],
    ["a comment beyond the directory", changed({}, [DIRECTORY + 32, [1]]), "its zip directory is damaged"],
    ["a directory of something else", changed({}, [DIRECTORY, [0]]), "its zip directory is damaged"],
    ["a directory that begins after its end", changed({}, [-22 + 16, [255]]), "its zip directory is damaged"],
    ["the same, of no entry", changed({}, [-22 + 10, [0]], [-22 + 16, [255]]), "its zip directory is damaged"],
    ["an entry of the directory that its end cuts", withCutEntry(storedZip(one)), "its zip directory is damaged"],
    ["a locator of the very end", changed({ zip64: true }, [LOCATOR_64 + 8, [179]]), "its zip64 end record is damaged"],
    ["a locator of no zip64 record", changed({ zip64: true }, [RECORD_64, [0]]), "its zip64 end record is damaged"],
    [
      "a zip64 record too near the end",
      changed({ zip64: true }, [LOCATOR_64 + 8, [DIRECTORY + 47 + 30]]),
      "its zip64 end record is damaged",
    ],
    [
      "a zip64 record beyond the file",
      changed({ zip64: true }, [LOCATOR_64 + 8, [0, 0, 0, 0, 1]]),
      "its zip directory speaks of 4294967296 bytes, but the file has 180",
    ],
    [
      "more entries than any model has",
      // of a file with as many bytes: a number beyond them is refused before
      padded(changed({ zip64: true }, [RECORD_64 + 32, [0xa1, 0x86, 1]]), 200_000),
      "expected at most 100000 zip entries, got 100001",
    ],
    [
      "zip64 sizes beyond their field",
      changed(extended, [DIRECTORY + 30, [12]], [DIRECTORY + 47 + 2, [8]]),
      "its zip64 sizes are damaged",
    ],
    ["no zip64 sizes where they should be", changed(extended, [DIRECTORY + 47, [2]]), "its zip64 sizes are missing"],
    [
      "a zip64 size beyond the file",
      changed(extended, [DIRECTORY + 47 + 4 + 4, [1]]),
      "its zip directory speaks of 4294967300 bytes, but the file has 132",
    ],
  ];
  for (const [what, archive, message] of cases) {
    test(what, () => {
      expect(() => read(archive)).toThrow(`file: ${message}`);
      expect(() => read(archive)).toThrow(FormatError);
    });
  }
});

/** The same archive with the beginning of one more entry in its directory. */
function withCutEntry(archive: Uint8Array): Uint8Array {
  const end = archive.length - 22;
  const more = Uint8Array.from([
    ...archive.subarray(0, end),
    ...Buffer.from("PK\x01\x02"),
    0,
    0,
    ...archive.subarray(end),
  ]);
  more[more.length - 22 + 10]!++;
  return more;
}

/** The same archive after so many bytes that nobody names, its locator and zip64 record moved along. */
function padded(archive: Uint8Array, bytes: number): Uint8Array {
  const moved = new Uint8Array(bytes + archive.length);
  moved.set(archive, bytes);
  const view = new DataView(moved.buffer);
  const [locator, record] = [moved.length - 42 + 8, moved.length - 98 + 48];
  for (const at of [locator, record]) view.setBigUint64(at, view.getBigUint64(at, true) + BigInt(bytes), true);
  return moved;
}

test("a file looks like a zip archive by its first four bytes, all of them", () => {
  const archive = storedZip(ENTRIES);
  expect(looksLikeZip(archive)).toBe(true);
  expect(looksLikeZip(archive.subarray(0, 3))).toBe(false);
  for (let at = 0; at < 4; at++) expect(looksLikeZip(archive.with(at, 0)), `byte ${at}`).toBe(false);
});
