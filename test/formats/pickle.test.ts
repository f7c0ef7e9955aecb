/** Pickles as Python's own module writes them, instruction by instruction, for who has no Python. */

import { describe, expect, test } from "vitest";
import { PickledCall, PickledReference, readPickle } from "../../src/formats/pickle.ts";
import { FormatError } from "../../src/formats/safetensors.ts";
import { op } from "../interchange/checkpoint-writer.ts";

/**
 * Of Python 3.11, which writes protocol 3 as 2 and protocol 5 as 4 but for the number:
 *
 *     shared = ["x"]
 *     pickle.dumps({
 *         "numbers": [0, 255, 256, 65535, 65536, -1, -2**31, 2**31, -2**40, 0.1],
 *         "others": (None, True, False, "é", "e" * 3),
 *         "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
 *         "one": {"key": 1},
 *         "again": [shared, shared],
 *         "ordered": collections.OrderedDict([("b", 1), ("a", 2)]),
 *         3: [],
 *     }, protocol)
 */
const PROTOCOL_2 = [
  "80027d71002858070000006e756d6265727371015d7102284b004bff4d00014dffff4a000001004affffffff4a000000808a0500000080",
  "008a060000000000ff473fb999999999999a6558060000006f74686572737103284e88895802000000c3a9710458030000006565657105",
  "74710658060000007475706c657371075d710828294b018571094b014b0286710a4b014b024b0387710b284b014b024b034b0474710c65",
  "58030000006f6e65710d7d710e58030000006b6579710f4b01735805000000616761696e71105d7111285d711258010000007871136168",
  "126558070000006f726465726564711463636f6c6c656374696f6e730a4f726465726564446963740a7115295271162858010000006271",
  "174b0158010000006171184b02754b035d7119752e",
].join("");
const PROTOCOL_4 = [
  "800495ec000000000000007d94288c076e756d62657273945d94284b004bff4d00014dffff4a000001004affffffff4a000000808a0500",
  "000080008a060000000000ff473fb999999999999a658c066f746865727394284e88898c02c3a9948c036565659474948c067475706c65",
  "73945d9428294b0185944b014b0286944b014b024b038794284b014b024b034b047494658c036f6e65947d948c036b6579944b01738c05",
  "616761696e945d94285d948c017894616812658c076f726465726564948c0b636f6c6c656374696f6e73948c0b4f726465726564446963",
  "74949394295294288c0162944b018c0161944b02754b035d94752e",
].join("");

const ORDERED_DICT = new Set(["collections OrderedDict"]);
const read = (bytes: Uint8Array, allowed: ReadonlySet<string> = ORDERED_DICT) => readPickle(bytes, "file", allowed);
const NONE = [0x4e];

describe("what Python pickles is read as it was", () => {
  const expected = new Map<unknown, unknown>([
    ["numbers", [0, 255, 256, 65_535, 65_536, -1, -(2 ** 31), 2 ** 31, -(2 ** 40), 0.1]],
    ["others", [null, true, false, "é", "eee"]],
    ["tuples", [[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]]],
    ["one", new Map([["key", 1]])],
    ["again", [["x"], ["x"]]],
    [
      "ordered",
      new Map([
        ["b", 1],
        ["a", 2],
      ]),
    ],
    [3, []],
  ]);
  for (const [protocol, hex] of [
    [2, PROTOCOL_2],
    [3, PROTOCOL_2],
    [4, PROTOCOL_4],
    [5, PROTOCOL_4],
  ] as const) {
    test(`by protocol ${protocol}`, () => {
      const value = read(Buffer.from(hex, "hex").with(1, protocol)) as Map<unknown, unknown>;
      expect(value).toEqual(expected);
      expect([...value.keys()]).toEqual([...expected.keys()]);
      const [first, second] = value.get("again") as unknown[];
      expect(first).toBe(second);
    });
  }

  test("and by no other protocol", () => {
    for (const protocol of [0, 1, 6]) {
      expect(() => read(Buffer.from(PROTOCOL_2, "hex").with(1, protocol))).toThrow(
        `file: pickle: expected protocol 2 to 5, got ${protocol}`,
      );
    }
  });

  test("cut anywhere, is refused", () => {
    for (const hex of [PROTOCOL_2, PROTOCOL_4]) {
      const whole = Buffer.from(hex, "hex");
      for (let length = 0; length < whole.length; length++) {
        expect(() => read(whole.subarray(0, length)), `${length} bytes`).toThrow(FormatError);
      }
    }
  });
});

describe("an instruction", () => {
  test("of a list appends one item, or all since the mark", () => {
    expect(read(op.pickle([0x5d, ...op.int(7), 0x61]))).toEqual([7]);
    expect(read(op.pickle([0x5d, 0x28, ...op.int(7), ...op.int(8), 0x65]))).toEqual([7, 8]);
  });

  test("of memory has numbers of one byte or four, or the next", () => {
    const four = [0x01, 0x02, 0x00, 0x00]; // 513
    expect(read(op.pickle([0x5d, ...op.text("x"), 0x72, ...four, 0x61, 0x6a, ...four, 0x61]))).toEqual(["x", "x"]);
    expect(read(op.pickle([0x5d, ...op.text("x"), 0x94, 0x61, 0x68, 0, 0x61]))).toEqual(["x", "x"]);
    expect(() => read(op.pickle([0x6a, ...four]))).toThrow("expected an object remembered as 513, got none");
  });

  test("of attributes changes neither a dict nor the record of a call, which keep their own", () => {
    const attributes = op.dict(["_metadata", op.dict()]);
    expect(read(op.pickle([...op.dict(["w", op.int(1)]), ...attributes, 0x62]))).toEqual(new Map([["w", 1]]));
    const call = op.reduce(op.global("torch", "rebuild"), op.int(1));
    expect(read(op.pickle([...call, ...attributes, 0x62]), new Set(["torch rebuild"]))).toEqual(
      new PickledCall("torch rebuild", [1]),
    );
  });

  test("of a global takes two texts, and no other two objects", () => {
    const byStack = [...op.text("collections"), ...op.text("OrderedDict"), 0x93, 0x29, 0x52];
    expect(read(op.pickle(byStack))).toEqual(new Map());
    for (const pair of [
      [...op.text("a"), ...op.int(1)],
      [...op.int(1), ...op.text("a")],
      [...NONE, ...NONE],
    ]) {
      expect(() => read(op.pickle([...pair, 0x93]))).toThrow("file: pickle: expected the name of a global, got none");
    }
  });

  test("that refers to what stands outside keeps what it is known by", () => {
    expect(read(op.pickle([...op.text("0"), 0x51]))).toEqual(new PickledReference("0"));
  });

  test("takes no mark for an object, and needs a line to have an end", () => {
    for (const code of [0x51, 0x61, 0x71]) {
      expect(() => read(op.pickle([0x28, code, 0]))).toThrow("file: pickle: an instruction finds nothing on the stack");
    }
    // an append to nothing, a memory of nothing or of a mark, each with an object to end with
    for (const code of [
      [0x4e, 0x61],
      [0x28, 0x4e, 0x61],
      [0x71, 0, 0x4e],
      [0x28, 0x71, 0, 0x4e],
    ]) {
      expect(() => read(op.pickle(code))).toThrow("file: pickle: an instruction finds nothing on the stack");
    }
    expect(() => read(Uint8Array.of(0x80, 2, 0x63, 0x61))).toThrow("file: pickle: it is cut short");
  });

  test("of a tuple takes all since the mark, be it the first thing of all", () => {
    expect(read(op.pickle(op.tuple(op.int(1), op.int(2))))).toEqual([1, 2]);
  });

  test("of a text keeps a byte order mark; a long name is cut where it is refused", () => {
    expect(read(op.pickle(op.text("\ufeffa")))).toBe("\ufeffa");
    expect(() => read(op.pickle(op.global("os", "x".repeat(1000))))).toThrow(/^file: .{1,400}$/);
  });
});
