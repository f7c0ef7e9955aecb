/**
 * Reads zip archives whose entries are stored, not compressed, which is what torch.save writes. The central directory at the
 * end is believed and nothing else, but what it says is checked: every entry within the file, no two overlapping, each with
 * the checksum it is said to have.
 *
 *     { local header, data }… | central directory | [zip64 record, its locator] | end record
 *
 * Every error is a FormatError that names the file.
 */

import { FormatError } from "./safetensors.ts";

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
/** The end record is followed by a comment of at most this. */
const LONGEST_COMMENT = 0xffff;
const MOST_ENTRIES = 100_000;
const ENCRYPTED = 1;
/** What stands in a field of 32 or 16 bits whose value is in the zip64 extension. */
const IN_EXTENSION = 0xffffffff;

/** The entries by name, as views of the archive's bytes. */
export function readStoredZip(bytes: Uint8Array, name: string): ReadonlyMap<string, Uint8Array> {
  const fail = (message: string): never => {
    throw new FormatError(`${name}: ${message}`);
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { count, offset: directory, end } = readEnd(view, fail);
  const entries = new Map<string, Uint8Array>();
  const spans: { begin: number; end: number }[] = [];
  let at = directory;
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_BYTES > end || view.getUint32(at, true) !== CENTRAL) fail("its zip directory is damaged");
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [
      number,
      number,
      number,
    ];
    const next = at + CENTRAL_BYTES + nameBytes + extraBytes + commentBytes;
    if (next > end) fail("its zip directory is damaged");
    const entry = decodeName(bytes.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes), fail);
    if (entries.has(entry)) fail(`entry "${entry}" stands twice`);
    if (view.getUint16(at + 8, true) & ENCRYPTED) fail(`entry "${entry}" is encrypted`);
    const method = view.getUint16(at + 10, true);
    if (method !== 0)
      fail(`entry "${entry}": expected it stored, as torch.save does, got compression method ${method}`);
    const extra = at + CENTRAL_BYTES + nameBytes;
    const [size, stored, local] = readSizes(view, at, extra, extra + extraBytes, fail);
    if (size !== stored) fail(`entry "${entry}": expected ${size} bytes stored, got ${stored}`);
    if (local + LOCAL_BYTES > directory || view.getUint32(local, true) !== LOCAL)
      fail(`entry "${entry}" is not where it should be`);
    const begin = local + LOCAL_BYTES + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    if (begin + size > directory)
      fail(`entry "${entry}": expected ${size} bytes at ${begin}, got fewer; the file is cut short`);
    const data = bytes.subarray(begin, begin + size);
    if (crc32(data) !== view.getUint32(at + 16, true))
      fail(`entry "${entry}" has another checksum; the file is damaged`);
    entries.set(entry, data);
    spans.push({ begin: local, end: begin + size });
    at = next;
  }
  spans.sort((a, b) => a.begin - b.begin);
  for (const [i, span] of spans.entries()) if (i > 0 && span.begin < spans[i - 1]!.end) fail("its zip entries overlap");
  return entries;
}

/** Whether a file begins as a zip archive does. */
export function looksLikeZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

/** Where the directory is: how many entries from which offset, and where it ends at the latest. */
function readEnd(view: DataView, fail: (message: string) => never): { count: number; offset: number; end: number } {
  let at = view.byteLength - END_BYTES;
  const least = Math.max(0, at - LONGEST_COMMENT);
  while (
    at >= least &&
    (view.getUint32(at, true) !== END || at + END_BYTES + view.getUint16(at + 20, true) !== view.byteLength)
  )
    at--;
  if (at < least) fail("expected a zip archive, got no end record; the file is cut short, or another kind of file");
  let count = view.getUint16(at + 10, true);
  let offset = view.getUint32(at + 16, true);
  let end = at;
  if (at >= 20 && view.getUint32(at - 20, true) === LOCATOR_64) {
    end = wholeNumber(view, at - 12, fail);
    if (end + 56 > at || view.getUint32(end, true) !== END_64) fail("its zip64 end record is damaged");
    count = wholeNumber(view, end + 32, fail);
    offset = wholeNumber(view, end + 48, fail);
  }
  if (count > MOST_ENTRIES) fail(`expected at most ${MOST_ENTRIES} zip entries, got ${count}`);
  if (offset > end) fail("its zip directory is damaged");
  return { count, offset, end };
}

/** Size, stored size and offset of the local header; each in the zip64 extension where its own field is full. */
function readSizes(
  view: DataView,
  at: number,
  extra: number,
  extraEnd: number,
  fail: (message: string) => never,
): [number, number, number] {
  const sizes = [24, 20, 42].map((field) => view.getUint32(at + field, true));
  if (!sizes.includes(IN_EXTENSION)) return sizes as [number, number, number];
  for (let field = extra; field + 4 <= extraEnd; field += 4 + view.getUint16(field + 2, true)) {
    if (view.getUint16(field, true) !== 1) continue;
    let value = field + 4;
    const found = sizes.map((size) => {
      if (size !== IN_EXTENSION) return size;
      value += 8;
      if (value > extraEnd) fail("its zip64 sizes are damaged");
      return wholeNumber(view, value - 8, fail);
    });
    return found as [number, number, number];
  }
  return fail("its zip64 sizes are missing");
}

function wholeNumber(view: DataView, offset: number, fail: (message: string) => never): number {
  const value = view.getBigUint64(offset, true);
  if (value > BigInt(view.byteLength))
    fail(`its zip directory speaks of ${value} bytes, but the file has ${view.byteLength}`);
  return Number(value);
}

function decodeName(bytes: Uint8Array, fail: (message: string) => never): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return fail("a zip entry's name is not UTF-8");
  }
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** CRC-32 of ISO 3309, which zip uses. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
