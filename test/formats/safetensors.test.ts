import { describe, expect, test } from "vitest";
import {
  checkSafetensorsHead,
  FormatError,
  parseSafetensors,
  readFloats,
  writeSafetensors,
} from "../../src/formats/safetensors.ts";

/** A file with the given header and so many bytes of data. */
function forge(header: unknown, dataBytes: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

/** A file with another byte where a character stands. */
function withByte(file: Uint8Array, character: string, byte: number): Uint8Array {
  return file.with(file.indexOf(character.charCodeAt(0)), byte);
}

const entry = (begin: number, end: number, shape = [(end - begin) / 4]) => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});

const good = writeSafetensors(
  [
    { name: "a", shape: [2, 3], values: new Float32Array([1, -2, 3.5, Number.NaN, Number.POSITIVE_INFINITY, -0]) },
    { name: "b", shape: [2], values: new Float64Array([0.1, 1e300]) },
    { name: "empty", shape: [0, 4], values: new Float32Array(0) },
  ],
  { format: "test", text: 'ünï"code' },
);

test("what is written is read again, to the bit", () => {
  const { metadata, tensors } = parseSafetensors(good, "good");
  expect([...metadata]).toEqual([
    ["format", "test"],
    ["text", 'ünï"code'],
  ]);
  expect([...readFloats(tensors.get("a")!, "a")]).toEqual([1, -2, 3.5, Number.NaN, Number.POSITIVE_INFINITY, -0]);
  expect([...readFloats(tensors.get("b")!, "b")]).toEqual([0.1, 1e300]);
  expect(tensors.get("empty")).toMatchObject({ dtype: "F32", shape: [0, 4] });
});

test("the data begins at a multiple of 8 bytes, for headers of any length", () => {
  for (let length = 0; length < 16; length++) {
    const file = writeSafetensors([], { key: "x".repeat(length) });
    expect(Number(new DataView(file.buffer).getBigUint64(0, true)) % 8).toBe(0);
    expect(parseSafetensors(file, "file").metadata.get("key")).toHaveLength(length);
  }
});

test("a file cut anywhere is refused", () => {
  for (let length = 0; length < good.length; length++) {
    expect(() => parseSafetensors(good.subarray(0, length), "cut"), `${length} bytes`).toThrow(FormatError);
  }
});

test("a file with one byte too many is refused", () => {
  expect(() => parseSafetensors(new Uint8Array([...good, 0]), "long")).toThrow(FormatError);
});

test("no damaged byte does more than a FormatError or other values", () => {
  for (let offset = 0; offset < good.length; offset++) {
    for (const bits of [0x01, 0x20, 0x80, 0xff]) {
      const damaged = good.slice();
      damaged[offset] = damaged[offset]! ^ bits;
      try {
        parseSafetensors(damaged, "damaged");
      } catch (error) {
        expect(error, `byte ${offset} ^ ${bits}`).toBeInstanceOf(FormatError);
      }
    }
  }
});

test("a head of 8 bytes, of a pipe that has given no more yet, is none to refuse", () => {
  expect(() => checkSafetensorsHead(good.subarray(0, 8), undefined, "pipe")).not.toThrow();
  expect(() => checkSafetensorsHead(good.subarray(0, 8), 8, "file")).toThrow("but the file has 8; it is cut short");
});

describe("a forged header is refused with its reason", () => {
  const cases: [string, Uint8Array, RegExp][] = [
    [
      "larger than 100 MB",
      new Uint8Array([0x01, 0xe1, 0xf5, 0x05, 0, 0, 0, 0]),
      /header of at most 100000000 bytes, got 100000001/,
    ],
    ["of 2⁶⁴ - 1 bytes", new Uint8Array(16).fill(0xff), /header of at most/],
    ["longer than the file", new Uint8Array([99, 0, 0, 0, 0, 0, 0, 0, 0x7b]), /needs 107 bytes, but the file has 9/],
    ["not JSON", forge("{nonsense", 0), /not valid JSON/],
    // which JSON alone would not notice
    ["not UTF-8", withByte(forge({ __metadata__: { a: "?" } }, 0), "?", 0xff), /not valid JSON/],
    ["a list", forge("[]", 0), /begins with \{/],
    ["white space first", forge(" {}", 0), /begins with \{/],
    ["shorter than its own length", new Uint8Array(5), /expected a safetensors file, got only 5 bytes/],
    ["a tensor that is a number", forge({ a: 3 }, 0), /tensor "a": expected an object/],
    ["a tensor that is null", forge({ a: null }, 0), /tensor "a": expected an object/],
    ["an unknown dtype", forge({ a: { ...entry(0, 4), dtype: "F31" } }, 4), /known dtype, got "F31"/],
    ["a dtype of Object", forge({ a: { ...entry(0, 4), dtype: "toString" } }, 4), /known dtype/],
    ["a dtype that reads as one", forge({ a: { ...entry(0, 4), dtype: ["F32"] } }, 4), /known dtype, got \["F32"\]/],
    ["a negative size", forge({ a: entry(0, 4, [1, -1]) }, 4), /shape of whole numbers/],
    ["a fractional size", forge({ a: entry(0, 4, [0.5]) }, 4), /shape of whole numbers/],
    ["a size beyond safe integers", forge({ a: entry(0, 4, [2 ** 53]) }, 4), /shape of whole numbers/],
    ["sizes whose product overflows", forge({ a: entry(0, 4, [2 ** 40, 2 ** 40]) }, 4), /too large/],
    ["one offset", forge({ a: { ...entry(0, 4), data_offsets: [0] } }, 4), /two data_offsets/],
    ["offsets the wrong way round", forge({ a: { ...entry(0, 4), data_offsets: [4, 0] } }, 4), /span -4/],
    [
      "a shape that disagrees",
      forge({ a: entry(0, 4, [2]) }, 4),
      /F32 of shape \[2\] needs 8 bytes, its data_offsets span 4/,
    ],
    ["a hole", forge({ a: entry(0, 4), b: entry(8, 12) }, 12), /tensor "b": expected its data at offset 4, got 8/],
    ["a hole at the start", forge({ a: entry(4, 8) }, 8), /hole or an overlap/],
    ["an overlap", forge({ a: entry(0, 8), b: entry(4, 8) }, 8), /hole or an overlap/],
    ["data beyond the end", forge({ a: entry(0, 8) }, 4), /ends at 8, but the file holds 4/],
    ["data that nobody names", forge({ a: entry(0, 4) }, 8), /expected 4 bytes of data, got 8/],
    ["metadata that is no object", forge({ __metadata__: "x" }, 0), /__metadata__: expected an object/],
    ["metadata that is no string", forge({ __metadata__: { a: 1 } }, 0), /expected a string for "a", got number/],
  ];
  for (const [what, bytes, message] of cases) {
    test(what, () => {
      expect(() => parseSafetensors(bytes, "forged.safetensors")).toThrow(message);
      expect(() => parseSafetensors(bytes, "forged.safetensors")).toThrow(/^forged\.safetensors: [^\n]+$/);
    });
  }
});

test("tensors may stand in any order in the header, and come in that of their bytes, those without any among them", () => {
  const header = { b: entry(4, 12), c: entry(12, 16), a: entry(0, 4), none: entry(4, 4) };
  const { tensors } = parseSafetensors(forge(header, 16), "file");
  expect([...tensors].map(([name, { bytes }]) => [name, bytes.length])).toEqual([
    ["a", 4],
    ["none", 0],
    ["b", 8],
    ["c", 4],
  ]);
});

test("__proto__ is a tensor like any other", () => {
  const { tensors } = parseSafetensors(forge(`{"__proto__": ${JSON.stringify(entry(0, 4))}}`, 4), "file");
  expect([...tensors.keys()]).toEqual(["__proto__"]);
  expect(({} as Record<string, unknown>).dtype).toBeUndefined();
});

test("another dtype than one of floats is named when its values are asked for", () => {
  const { tensors } = parseSafetensors(forge({ a: { ...entry(0, 8, [1]), dtype: "I64" } }, 8), "file");
  expect(() => readFloats(tensors.get("a")!, 'file: tensor "a"')).toThrow(
    'file: tensor "a" has dtype I64; expected F32, F64, F16 or BF16',
  );
});

test("F16 and I8 are written as they are, after wider ones, and F16 is widened on reading", () => {
  const file = writeSafetensors(
    [
      { name: "bytes", shape: [3], values: Int8Array.of(-127, 0, 5) },
      { name: "halves", shape: [2], values: Uint16Array.of(0x3c00, 0xc000) },
      { name: "floats", shape: [1], values: Float32Array.of(0.5) },
      { name: "doubles", shape: [2], values: Float64Array.of(0.1, -1e300) },
    ],
    {},
  );
  const { tensors } = parseSafetensors(file, "file");
  expect([...tensors.keys()]).toEqual(["doubles", "floats", "halves", "bytes"]);
  expect([...readFloats(tensors.get("doubles")!, "doubles")]).toEqual([0.1, -1e300]);
  expect([...readFloats(tensors.get("floats")!, "floats")]).toEqual([0.5]);
  expect([...readFloats(tensors.get("halves")!, "halves")]).toEqual([1, -2]);
  expect([...new Int8Array(tensors.get("bytes")!.bytes)]).toEqual([-127, 0, 5]);
});

test("BF16 is the upper half of a float32", () => {
  const { tensors } = parseSafetensors(forge({ a: { ...entry(0, 4, [2]), dtype: "BF16" } }, 4), "file");
  tensors.get("a")!.bytes.set([0x80, 0x3f, 0x48, 0xc0]);
  expect([...readFloats(tensors.get("a")!, "a")]).toEqual([1, -3.125]);
});
