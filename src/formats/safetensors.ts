/**
 * safetensors: eight bytes N (little-endian), N bytes of JSON, then the tensors' bytes without a gap.
 *
 *     | u64 N | {"__metadata__": {…}, "name": {"dtype", "shape", "data_offsets": [begin, end]}, …} | data |
 *
 * The reader refuses what the format's reference implementation refuses: a header above 100 MB or beyond the file, anything
 * but a JSON object, keys that stand twice, unknown dtypes, sizes that disagree with shapes, holes, overlaps, and a file that is longer or shorter
 * than its header says. Every error is a FormatError that names the file.
 */

import type { FloatArray } from "../core/engine.ts";
import type { CodedError, ErrorCode } from "../core/errors.ts";
import { bfloat16Value, halfValue } from "./half-float.ts";
import { parseStrictJson } from "./strict-json.ts";

/** A file that is not what its format says. */
export class FormatError extends Error implements CodedError {
  override readonly name = "FormatError";
  readonly code = "ERR_FORMAT" satisfies ErrorCode;
}

/** A tensor as a file has it. */
export interface SafeTensor {
  /** "F32", "F64", "F16", "BF16", "I8" … as the format names them. */
  readonly dtype: string;
  /** Sizes, the outermost first; none of a single number. */
  readonly shape: readonly number[];
  /** Little-endian; a view of the file's bytes. */
  readonly bytes: Uint8Array;
}

/** What a file holds. */
export interface SafetensorsFile {
  /** The header's `__metadata__`. */
  readonly metadata: ReadonlyMap<string, string>;
  /** In the order of their bytes in the file. */
  readonly tensors: ReadonlyMap<string, SafeTensor>;
}

/** A tensor to be written. Its array decides the dtype: F64, F32, F16 from the bits in a Uint16Array, I8 from an Int8Array. */
export interface TensorToWrite {
  /** Its name in the file. */
  readonly name: string;
  /** Sizes, the outermost first. */
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: FloatArray | Uint16Array | Int8Array;
}

const MAX_HEADER_BYTES = 100_000_000;
/** Bytes of one element. The format's types of less than a byte are not read. */
const DTYPE_BYTES: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
};

/** Reads a file from its bytes. `name` stands in the errors. */
export function parseSafetensors(bytes: Uint8Array, name: string): SafetensorsFile {
  const fail = (message: string): never => {
    throw new FormatError(`${name}: ${message}`);
  };
  checkSafetensorsHead(bytes, bytes.length, name);
  const dataStart = 8 + headerLength(bytes);

  const metadata = new Map<string, string>();
  const spans: { tensor: string; dtype: string; shape: number[]; begin: number; end: number }[] = [];
  for (const [key, value] of Object.entries(parseHeader(bytes.subarray(8, dataStart), fail))) {
    if (key === "__metadata__") {
      if (!isObject(value)) fail("__metadata__: expected an object");
      for (const [field, text] of Object.entries(value as object)) {
        if (typeof text !== "string") fail(`__metadata__: expected a string for "${field}", got ${typeof text}`);
        metadata.set(field, text);
      }
    } else {
      spans.push({ tensor: key, ...parseEntry(key, value, fail) });
    }
  }

  const dataBytes = bytes.length - dataStart;
  const tensors = new Map<string, SafeTensor>();
  let expected = 0;
  spans.sort((a, b) => a.begin - b.begin || a.end - b.end);
  for (const { tensor, dtype, shape, begin, end } of spans) {
    if (begin !== expected) {
      fail(`tensor "${tensor}": expected its data at offset ${expected}, got ${begin}; there is a hole or an overlap`);
    }
    if (end > dataBytes) {
      fail(
        `tensor "${tensor}": its data ends at ${end}, but the file holds ${dataBytes} bytes of data; it is cut short`,
      );
    }
    tensors.set(tensor, { dtype, shape, bytes: bytes.subarray(dataStart + begin, dataStart + end) });
    expected = end;
  }
  if (expected !== dataBytes) fail(`expected ${expected} bytes of data, got ${dataBytes}`);
  return { metadata, tensors };
}

/**
 * Looks at the first bytes of a file of `length` bytes, undefined where that is not known: throws a FormatError for what cannot be
 * a safetensors file, before more of it is read.
 */
export function checkSafetensorsHead(head: Uint8Array, length: number | undefined, name: string): void {
  if (head.length < 8) throw new FormatError(`${name}: expected a safetensors file, got only ${head.length} bytes`);
  const headerBytes = headerLength(head);
  if (headerBytes > MAX_HEADER_BYTES) {
    throw new FormatError(
      `${name}: expected a safetensors header of at most ${MAX_HEADER_BYTES} bytes, got ${headerBytes}; this is another kind of file`,
    );
  }
  if (length !== undefined && 8 + headerBytes > length) {
    throw new FormatError(
      `${name}: its header needs ${8 + headerBytes} bytes, but the file has ${length}; it is cut short, or another kind of file`,
    );
  }
  if (headerBytes === 0 || (head.length > 8 && head[8] !== 0x7b)) {
    throw new FormatError(`${name}: expected a safetensors header that begins with {; this is another kind of file`);
  }
}

/** N; above 2⁵³ not to the last digit. */
function headerLength(head: Uint8Array): number {
  return Number(new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true));
}

/** A file of tensors in the given order, wider dtypes before narrower so that each lies aligned. The data begins at a multiple of 8 bytes. */
export function writeSafetensors(
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const entries: [string, unknown][] = [["__metadata__", metadata]];
  let dataBytes = 0;
  const ordered = [...tensors].sort((a, b) => b.values.BYTES_PER_ELEMENT - a.values.BYTES_PER_ELEMENT);
  for (const { name, shape, values } of ordered) {
    entries.push([name, { dtype: dtypeOf(values), shape, data_offsets: [dataBytes, dataBytes + values.byteLength] }]);
    dataBytes += values.byteLength;
  }
  let header = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const padding = -header.length & 7;
  if (padding > 0) {
    const padded = new Uint8Array(header.length + padding).fill(0x20);
    padded.set(header);
    header = padded;
  }
  const file = new Uint8Array(8 + header.length + dataBytes);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  let offset = 8 + header.length;
  for (const { values } of ordered) {
    const width = values.BYTES_PER_ELEMENT;
    for (let i = 0; i < values.length; i++, offset += width) {
      const value = values[i] as number;
      if (width === 8) view.setFloat64(offset, value, true);
      else if (width === 4) view.setFloat32(offset, value, true);
      else if (width === 2) view.setUint16(offset, value, true);
      else view.setInt8(offset, value);
    }
  }
  return file;
}

/** The values of a tensor of floats: of F16 and BF16 as float32, which holds each of theirs. Throws a FormatError for others. */
export function readFloats(tensor: SafeTensor, name: string): FloatArray {
  const view = new DataView(tensor.bytes.buffer, tensor.bytes.byteOffset, tensor.bytes.byteLength);
  if (tensor.dtype === "F32") {
    const values = new Float32Array(tensor.bytes.length / 4);
    for (let i = 0; i < values.length; i++) values[i] = view.getFloat32(4 * i, true);
    return values;
  }
  if (tensor.dtype === "F64") {
    const values = new Float64Array(tensor.bytes.length / 8);
    for (let i = 0; i < values.length; i++) values[i] = view.getFloat64(8 * i, true);
    return values;
  }
  if (tensor.dtype === "F16" || tensor.dtype === "BF16") {
    const widened = tensor.dtype === "F16" ? halfValue : bfloat16Value;
    const values = new Float32Array(tensor.bytes.length / 2);
    for (let i = 0; i < values.length; i++) values[i] = widened(view.getUint16(2 * i, true));
    return values;
  }
  throw new FormatError(`${name} has dtype ${tensor.dtype}; expected F32, F64, F16 or BF16`);
}

function dtypeOf(values: TensorToWrite["values"]): string {
  if (values instanceof Float64Array) return "F64";
  if (values instanceof Float32Array) return "F32";
  return values instanceof Uint16Array ? "F16" : "I8";
}

function parseHeader(bytes: Uint8Array, fail: (message: string) => never): Record<string, unknown> {
  try {
    // what begins with { and is JSON is an object, and has no byte order mark
    return parseStrictJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as Record<string, unknown>;
  } catch (error) {
    const { message } = error as Error;
    return fail(
      message.startsWith("the key")
        ? `its safetensors header: ${message}; the file is damaged or forged`
        : "its safetensors header is not valid JSON; the file is damaged",
    );
  }
}

function parseEntry(
  tensor: string,
  entry: unknown,
  fail: (message: string) => never,
): { dtype: string; shape: number[]; begin: number; end: number } {
  if (!isObject(entry)) fail(`tensor "${tensor}": expected an object`);
  const { dtype, shape, data_offsets: offsets } = entry as Record<string, unknown>;
  if (typeof dtype !== "string" || !Object.hasOwn(DTYPE_BYTES, dtype)) {
    fail(`tensor "${tensor}": expected a known dtype, got ${JSON.stringify(dtype)}`);
  }
  if (!isSizes(shape)) fail(`tensor "${tensor}": expected a shape of whole numbers, got ${JSON.stringify(shape)}`);
  if (!isSizes(offsets) || offsets.length !== 2) {
    fail(`tensor "${tensor}": expected two data_offsets, got ${JSON.stringify(offsets)}`);
  }
  const [begin, end] = offsets as [number, number];
  let bytes = DTYPE_BYTES[dtype as string] as number;
  for (const size of shape as number[]) bytes *= size;
  if (!Number.isSafeInteger(bytes)) fail(`tensor "${tensor}": its shape ${JSON.stringify(shape)} is too large`);
  if (end - begin !== bytes) {
    fail(
      `tensor "${tensor}": ${dtype} of shape ${JSON.stringify(shape)} needs ${bytes} bytes, its data_offsets span ${end - begin}`,
    );
  }
  return { dtype: dtype as string, shape: shape as number[], begin, end };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
