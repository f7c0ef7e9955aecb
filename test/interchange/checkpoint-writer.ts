/** Files as torch.save writes them, for tests without Python: a stored zip with a pickle of protocol 2. */

import { crc32 } from "../../src/formats/zip.ts";

export type Bytes = readonly number[];

const ascii = (text: string): Bytes => [...new TextEncoder().encode(text)];
const littleEndian = (value: number, count: number): Bytes =>
  Array.from({ length: count }, (_, i) => Math.floor(value / 256 ** i) % 256);

/** Instructions of a pickle. */
export const op = {
  text: (text: string): Bytes => [0x58, ...littleEndian(new TextEncoder().encode(text).length, 4), ...ascii(text)],
  global: (module: string, name: string): Bytes => ascii(`c${module}\n${name}\n`),
  int: (value: number): Bytes => [0x4a, ...littleEndian(value, 4)],
  tuple: (...items: Bytes[]): Bytes => [0x28, ...items.flat(), 0x74],
  reduce: (callee: Bytes, ...args: Bytes[]): Bytes => [...callee, ...op.tuple(...args), 0x52],
  dict: (...entries: [string, Bytes][]): Bytes => [
    0x7d,
    0x28,
    ...entries.flatMap(([key, value]) => [...op.text(key), ...value]),
    0x75,
  ],
  pickle: (object: Bytes): Uint8Array => Uint8Array.from([0x80, 2, ...object, 0x2e]),
};

export interface TensorFields {
  readonly storage?: string;
  readonly key?: string;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides?: readonly number[];
}

/** A call of _rebuild_tensor_v2. */
export function pickledTensor({
  storage = "FloatStorage",
  key = "0",
  offset = 0,
  shape,
  strides,
}: TensorFields): Bytes {
  const dense = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const id = op.tuple(op.text("storage"), op.global("torch", storage), op.text(key), op.text("cpu"), op.int(0));
  return op.reduce(
    op.global("torch._utils", "_rebuild_tensor_v2"),
    [...id, 0x51],
    op.int(offset),
    op.tuple(...shape.map(op.int)),
    op.tuple(...(strides ?? dense).map(op.int)),
    [0x89],
    op.reduce(op.global("collections", "OrderedDict")),
  );
}

/** What makes an archive one of PyTorch's own writer, which Python's does otherwise. */
export interface ZipForm {
  /** Ends with the records of zip64, the fields of the old one being full. */
  readonly zip64?: boolean;
  /** What of an entry's size, stored size and offset stands in an extra field of zip64. */
  readonly extended?: readonly ("size" | "stored" | "offset")[];
  /** An extra field before the one of zip64. */
  readonly otherExtra?: Bytes;
  /** Data begins at multiples of so many bytes, by an extra field of the local header. */
  readonly alignment?: number;
  readonly comment?: string;
}

/** A zip of entries, stored. */
export function storedZip(
  entries: readonly (readonly [string, Uint8Array])[],
  { zip64 = false, extended = [], otherExtra = [], alignment = 1, comment = "" }: ZipForm = {},
): Uint8Array {
  const body: number[] = [];
  const directory: number[] = [];
  for (const [name, data] of entries) {
    const common = [
      ...littleEndian(20, 2),
      ...littleEndian(0, 2), // flags
      ...littleEndian(0, 2), // stored
      ...littleEndian(0, 4), // time
      ...littleEndian(crc32(data), 4),
    ];
    const values = { size: data.length, stored: data.length, offset: body.length };
    const field = (of: keyof typeof values) => littleEndian(extended.includes(of) ? 0xffffffff : values[of], 4);
    const long = extended.flatMap((of) => littleEndian(values[of], 8));
    const extra = long.length === 0 ? otherExtra : [...otherExtra, 1, 0, ...littleEndian(long.length, 2), ...long];
    directory.push(...ascii("PK\x01\x02"), ...littleEndian(20, 2), ...common, ...field("stored"), ...field("size"));
    directory.push(...littleEndian(ascii(name).length, 2), ...littleEndian(extra.length, 2), ...littleEndian(0, 10));
    directory.push(...field("offset"), ...ascii(name), ...extra);

    const begin = body.length + 30 + ascii(name).length;
    const gap = alignment === 1 ? 0 : 4 + (alignment - ((begin + 4) % alignment));
    const padding = gap === 0 ? [] : [...ascii("FB"), ...littleEndian(gap - 4, 2), ...Array(gap - 4).fill(0x5a)];
    body.push(...ascii("PK\x03\x04"), ...common, ...littleEndian(data.length, 4), ...littleEndian(data.length, 4));
    body.push(...littleEndian(ascii(name).length, 2), ...littleEndian(gap, 2), ...ascii(name), ...padding, ...data);
  }
  const record = [
    ...ascii("PK\x06\x06"),
    ...littleEndian(44, 8),
    ...littleEndian(0x1e031e, 4), // versions
    ...littleEndian(0, 8), // disks
    ...littleEndian(entries.length, 8),
    ...littleEndian(entries.length, 8),
    ...littleEndian(directory.length, 8),
    ...littleEndian(body.length, 8),
    ...ascii("PK\x06\x07"),
    ...littleEndian(0, 4),
    ...littleEndian(body.length + directory.length, 8),
    ...littleEndian(1, 4),
  ];
  const end = [
    ...ascii("PK\x05\x06"),
    ...littleEndian(0, 4),
    ...littleEndian(zip64 ? 0xffff : entries.length, 2),
    ...littleEndian(zip64 ? 0xffff : entries.length, 2),
    ...littleEndian(zip64 ? 0xffffffff : directory.length, 4),
    ...littleEndian(zip64 ? 0xffffffff : body.length, 4),
    ...littleEndian(comment.length, 2),
    ...ascii(comment),
  ];
  return Uint8Array.from([...body, ...directory, ...(zip64 ? record : []), ...end]);
}

/** A checkpoint of a pickled object and its storages, data/0 and so on. */
export function checkpoint(object: Bytes, storages: readonly Uint8Array[]): Uint8Array {
  return storedZip([
    ["archive/data.pkl", op.pickle(object)],
    ...storages.map((storage, key) => [`archive/data/${key}`, storage] as const),
    ["archive/version", Uint8Array.of(0x33, 0x0a)],
  ]);
}

/** A whole state dict of float32 tensors, each with a storage of its own, whose element i is i / 8 + its number. */
export function stateDictFile(shapes: Readonly<Record<string, readonly number[]>>): Uint8Array {
  const entries = Object.entries(shapes);
  const storages = entries.map(([, shape], number) => {
    const size = shape.reduce((product, each) => product * each, 1);
    return new Uint8Array(Float32Array.from({ length: size }, (_, i) => number + i / 8).buffer);
  });
  const tensors = entries.map(
    ([name, shape], key) => [name, pickledTensor({ key: String(key), shape })] as [string, Bytes],
  );
  return checkpoint(op.dict(...tensors), storages);
}
