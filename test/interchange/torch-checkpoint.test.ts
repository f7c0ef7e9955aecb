import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { RandomStream } from "../../src/core/random.ts";
import { Vocabulary } from "../../src/data/vocabulary.ts";
import { modelToBytes } from "../../src/formats/model-file.ts";
import { readPickle } from "../../src/formats/pickle.ts";
import { FormatError } from "../../src/formats/safetensors.ts";
import { crc32, readStoredZip } from "../../src/formats/zip.ts";
import { safetensorsSource } from "../../src/interchange/safetensors-source.ts";
import { ALLOWED_GLOBALS, checkpointSource } from "../../src/interchange/torch-checkpoint.ts";
import { torchFiles } from "../../src/interchange/torch-export.ts";
import { importTorchModel, type TensorSource } from "../../src/interchange/torch-import.ts";
import { readWeights } from "../../src/interchange/weights.ts";
import { type Bytes, checkpoint, op, pickledTensor, stateDictFile, storedZip } from "./checkpoint-writer.ts";
import { randomModel } from "./models.ts";

const V = 5;
const H = 3;
const SHAPES = {
  "rnn.weight_ih_l0": [H, V],
  "rnn.weight_hh_l0": [H, H],
  "rnn.bias_ih_l0": [H],
  "rnn.bias_hh_l0": [H],
  "fc.weight": [V, H],
  "fc.bias": [V],
};
const vocabulary = async () => new Vocabulary([..."abcde"]);
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const only = (tensor: Bytes, ...storages: Uint8Array[]) => checkpoint(op.dict(["w", tensor]), storages);
const valuesOf = (file: Uint8Array) => [...checkpointSource(file, "file").tensors.get("w")!.read()];

test("the checksum is zip's", () => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
});

test("a state dict becomes a model", async () => {
  const { model } = await importTorchModel(checkpointSource(stateDictFile(SHAPES), "file"), "file", { vocabulary });
  expect(model.recipe).toMatchObject({ cell: "rnn", hiddenSize: H, layers: 1 });
  expect([...model.engine.readTensor("rnn.weight_hh_l0")]).toEqual(Array.from({ length: 9 }, (_, i) => 1 + i / 8));
  expect([...model.engine.readTensor("rnn.bias_ih_l0")]).toEqual([5, 5.25, 5.5]);
});

test("a tensor is a view of its storage: with an offset, transposed, with steps", () => {
  const storage = floats(0, 1, 2, 3, 4, 5, 6, 7);
  expect(valuesOf(only(pickledTensor({ shape: [2, 3], offset: 1 }), storage))).toEqual([1, 2, 3, 4, 5, 6]);
  expect(valuesOf(only(pickledTensor({ shape: [2, 3], strides: [1, 2] }), storage))).toEqual([0, 2, 4, 1, 3, 5]);
  expect(valuesOf(only(pickledTensor({ shape: [3], strides: [2], offset: 2 }), storage))).toEqual([2, 4, 6]);
  expect(valuesOf(only(pickledTensor({ shape: [], offset: 7 }), storage))).toEqual([7]);
});

test("floats of every width are read", () => {
  const halves = new Uint8Array(Uint16Array.of(0x3c00, 0xc000).buffer);
  expect(valuesOf(only(pickledTensor({ shape: [2], storage: "HalfStorage" }), halves))).toEqual([1, -2]);
  const brain = new Uint8Array(Uint16Array.of(0x3f80, 0xc000).buffer);
  expect(valuesOf(only(pickledTensor({ shape: [2], storage: "BFloat16Storage" }), brain))).toEqual([1, -2]);
  const doubles = new Uint8Array(Float64Array.of(0.1, 1e300).buffer);
  expect(valuesOf(only(pickledTensor({ shape: [2], storage: "DoubleStorage" }), doubles))).toEqual([0.1, 1e300]);
});

describe("what a pickle may not do is refused by its name", () => {
  const zero = floats(0);
  const one = pickledTensor({ shape: [1] });
  const cases: [string, Uint8Array, RegExp][] = [
    [
      "os.system",
      checkpoint(op.reduce(op.global("os", "system"), op.text("true")), []),
      /names the Python global "os system", which is not one of a plain state dict/,
    ],
    [
      "eval, by the stack",
      checkpoint([...op.text("builtins"), ...op.text("eval"), 0x93], []),
      /global "builtins eval"/,
    ],
    ["a global among a dict's values", only(op.global("torch.nn", "Linear"), zero), /"torch\.nn Linear"/],
    ["INST", checkpoint([0x28, 0x69], []), /instruction 0x69 at 3 is not one of a plain state dict/],
    ["NEWOBJ", checkpoint([0x81], []), /instruction 0x81 at 2/],
    ["BUILD of a number", checkpoint([0x4e, 0x7d, 0x62], []), /expected attributes of a dict or a tensor/],
    ["a call of no global", checkpoint([...op.text("x"), 0x29, 0x52], []), /expected a call of a known global/],
    [
      "a call with no arguments' tuple",
      checkpoint([...op.global("collections", "OrderedDict"), 0x4e, 0x52], []),
      /a known global/,
    ],
    [
      "a filled OrderedDict",
      checkpoint(op.reduce(op.global("collections", "OrderedDict"), [0x5d]), []),
      /an empty OrderedDict/,
    ],
    ["protocol 0", storedZip([["a/data.pkl", Uint8Array.of(0x80, 0, 0x2e)]]), /expected protocol 2 to 5, got 0/],
    ["an empty stack", checkpoint([], []), /finds nothing on the stack/],
    ["no mark", checkpoint([0x7d, 0x75], []), /finds no mark/],
    ["two objects", checkpoint([0x4e, 0x4e], []), /expected one object, got more/],
    ["a key too many", checkpoint([0x7d, 0x28, 0x4e, 0x75], []), /a key too many/],
    ["an item of a list", checkpoint([0x5d, 0x4e, 0x4e, 0x73], []), /expected a dict/],
    ["an append to a dict", checkpoint([0x7d, 0x4e, 0x61], []), /expected a list/],
    ["what was never remembered", checkpoint([0x68, 9], []), /remembered as 9, got none/],
    ["no end", storedZip([["a/data.pkl", Uint8Array.of(0x80, 2, 0x7d)]]), /cut short/],
    ["a text that is not UTF-8", checkpoint([0x8c, 1, 0xff], []), /not UTF-8/],
    ["a list", checkpoint([0x5d], []), /expected a state dict, got another object/],
    ["an empty dict", checkpoint([0x7d], []), /got an empty one/],
    ["other keys", checkpoint(op.dict(["a", op.int(1)], ["b", op.text("x")]), []), /got the keys "a", "b"/],
    [
      "whole numbers for weights",
      only(pickledTensor({ shape: [1], storage: "IntStorage" }), zero),
      /expected floats, got IntStorage/,
    ],
    ["a storage that is no storage", only(op.reduce(op.global("torch", "FloatStorage")), zero), /a dense tensor/],
    ["data that is missing", only(pickledTensor({ shape: [1], key: "../0" }), zero), /entry data\/\.\.\/0, is missing/],
    ["more elements than the data has", only(pickledTensor({ shape: [2] }), zero), /needs 2 elements, its data has 1/],
    ["elements past the end", only(pickledTensor({ shape: [1], offset: 1 }), zero), /needs 2 elements, its data has 1/],
    [
      "one element a billion times",
      only(pickledTensor({ shape: [32_768, 32_768], strides: [0, 0] }), zero),
      /needs 1073741824 elements/,
    ],
    ["a negative size", only(pickledTensor({ shape: [-1] }), zero), /expected whole numbers|needs/],
    [
      "negative strides",
      only(pickledTensor({ shape: [2], strides: [-1], offset: 1 }), floats(1, 2)),
      /expected whole numbers/,
    ],
    [
      "sizes and strides that disagree",
      only(pickledTensor({ shape: [1], strides: [1, 1] }), zero),
      /expected whole numbers/,
    ],
    ["nine dimensions", only(pickledTensor({ shape: Array(9).fill(1) }), zero), /at most 8 dimensions, got 9/],
    [
      "big-endian numbers",
      storedZip([
        ["a/data.pkl", op.pickle(op.dict(["w", one]))],
        ["a/byteorder", Buffer.from("big")],
      ]),
      /little-endian/,
    ],
    ["no pickle", storedZip([["a/version", Buffer.from("3")]]), /one entry data\.pkl, got 0/],
    [
      "two pickles",
      storedZip([
        ["a/data.pkl", zero],
        ["b/data.pkl", zero],
      ]),
      /one entry data\.pkl, got 2/,
    ],
    ["no zip", Uint8Array.of(0x80, 2), /expected a zip archive, as torch\.save/],
  ];
  for (const [what, file, message] of cases) {
    test(what, () => {
      expect(() => valuesOf(file)).toThrow(message);
      expect(() => valuesOf(file)).toThrow(FormatError);
      expect(() => valuesOf(file)).toThrow(/^file: [^\n]+$/);
    });
  }
});

test("a pickle names nothing that is not on the list, and of what is there nothing runs", () => {
  for (const name of ALLOWED_GLOBALS)
    expect(name).toMatch(/^(collections OrderedDict|torch\._utils _rebuild_\w+|torch \w+Storage)$/);
  const call = readPickle(
    op.pickle(op.reduce(op.global("os", "system"), op.text("exit"))),
    "file",
    new Set(["os system"]),
  );
  expect(call).toMatchObject({ name: "os system", args: ["exit"] });
});

describe("a damaged zip is refused", () => {
  const whole = stateDictFile(SHAPES);

  test("cut anywhere", () => {
    for (let length = 0; length < whole.length; length += 3) {
      expect(() => readStoredZip(whole.subarray(0, length), "cut"), `${length} bytes`).toThrow(FormatError);
    }
  });

  const entry = [["a", Buffer.from("text")]] as const;
  const changed = (offset: number, value: number, from = storedZip(entry)) => {
    const at = offset < 0 ? from.length + offset : offset;
    return from.map((byte, i) => (i === at ? value : byte));
  };
  const directory = -(22 + 47);
  const cases: [string, Uint8Array, RegExp][] = [
    ["compressed", changed(directory + 10, 8), /expected it stored, as torch\.save does, got compression method 8/],
    ["encrypted", changed(directory + 8, 1), /is encrypted/],
    ["another checksum", changed(31, 0x54), /has another checksum/],
    [
      "a size beyond the file",
      changed(directory + 24, 99, changed(directory + 20, 99)),
      /expected 99 bytes at 31, got fewer/,
    ],
    ["a size that is not the stored one", changed(directory + 24, 3), /expected 3 bytes stored, got 4/],
    ["a header elsewhere", changed(directory + 42, 1), /is not where it should be/],
    ["a name twice", storedZip([...entry, ...entry]), /"a" stands twice/],
    ["more entries than there are", changed(-22 + 10, 2), /directory is damaged/],
    ["a directory beyond the end", changed(-22 + 17, 9), /directory is damaged/],
    ["something after the end", Uint8Array.from([...storedZip(entry), 0]), /no end record/],
  ];
  for (const [what, file, message] of cases) {
    test(what, () => expect(() => readStoredZip(file, "file")).toThrow(message));
  }

  test("entries that share bytes", () => {
    const two = storedZip([
      ["a", Buffer.from("text")],
      ["b", Buffer.from("text")],
    ]);
    // the second is said to be where the first is
    const at = two.length - 22 - 47 + 42;
    two.fill(0, at, at + 4);
    expect(() => readStoredZip(two, "file")).toThrow(/entries overlap/);
  });

  test("an archive that is truly compressed", () => {
    const data = deflateRawSync(Buffer.alloc(1000));
    expect(() => readStoredZip(changed(directory + 10, 8, storedZip([["a", data]])), "file")).toThrow(
      /compression method 8/,
    );
  });
});

describe("mutated files", async () => {
  const model = await randomModel({ hiddenSize: 3, layers: 2, cell: "gru" });
  const exported = torchFiles(await readWeights(modelToBytes(model, 1), "model")).get("model.safetensors")!;
  const files: [string, Uint8Array, (bytes: Uint8Array) => TensorSource][] = [
    ["a .pt", stateDictFile(SHAPES), (bytes) => checkpointSource(bytes, "mutated")],
    [
      "a .pt whose checksums are right",
      stateDictFile(SHAPES),
      (bytes) => checkpointSource(withChecksums(bytes), "mutated"),
    ],
    ["safetensors", exported, (bytes) => safetensorsSource(bytes, "mutated")],
  ];
  for (const [what, whole, sourceOf] of files) {
    test(`${what}: 2,000 of them give a FormatError or a model, none anything else`, async () => {
      const random = new RandomStream(11, 0);
      const outcomes = { refused: 0, imported: 0 };
      for (let round = 0; round < 2000; round++) {
        try {
          const given = what === "safetensors" ? {} : { vocabulary };
          await importTorchModel(sourceOf(mutated(whole, random)), "mutated", given);
          outcomes.imported++;
        } catch (error) {
          expect(error, `round ${round}: ${(error as Error).stack}`).toBeInstanceOf(FormatError);
          expect((error as Error).message, `round ${round}`).toMatch(/^mutated: /);
          outcomes.refused++;
        }
      }
      expect(outcomes.refused).toBeGreaterThan(300);
      expect(outcomes.refused + outcomes.imported).toBe(2000);
    }, 60_000);
  }
});

/** A copy with a few bytes changed, sometimes cut, or with a part that stands twice. */
function mutated(bytes: Uint8Array, random: RandomStream): Uint8Array {
  const below = (limit: number) => random.nextWord() % limit;
  let copy = bytes.slice();
  const changes = 1 + below(3);
  for (let change = 0; change < changes; change++) {
    const at = below(copy.length);
    if (below(2) === 0) copy[at] = copy[at]! ^ (1 << below(8));
    else copy[at] = [0, 1, 0x28, 0x2e, 0x7f, 0x80, 0xff, 0x52][below(8)]!;
  }
  if (below(8) === 0) copy = copy.subarray(0, below(copy.length));
  if (below(8) === 0) {
    const [begin, end] = [below(copy.length + 1), below(copy.length + 1)].sort((a, b) => a - b) as [number, number];
    copy = Uint8Array.from([...copy.subarray(0, end), ...copy.subarray(begin)]);
  }
  return copy;
}

/** Entries' checksums made right again, so that what is within them is looked at too. */
function withChecksums(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  for (let at = 0; at + 46 <= copy.length; at++) {
    if (view.getUint32(at, true) !== 0x02014b50) continue;
    const local = view.getUint32(at + 42, true);
    if (local + 30 > copy.length) continue;
    const begin = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    view.setUint32(at + 16, crc32(copy.subarray(begin, begin + view.getUint32(at + 24, true))), true);
  }
  return copy;
}
