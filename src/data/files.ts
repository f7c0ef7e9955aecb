/** Reading files with errors that say what to do. Node only. */

import { closeSync, createReadStream, fstatSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { type CodedError, type ErrorCode, InvalidValueError } from "../core/errors.ts";
import { checkMemory } from "../core/memory.ts";
import { decodeUtf8, Utf8Decoder } from "./text.ts";

/** A file or stream that cannot be read or written. */
export class FileError extends Error implements CodedError {
  override readonly name = "FileError";
  readonly code = "ERR_FILE" satisfies ErrorCode;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EACCES: "no permission",
  EPERM: "no permission",
  EISDIR: "expected a file, got a folder",
  ENOTDIR: "a part of the path is not a folder",
  ENOSPC: "no space left on the disk",
  EROFS: "the disk is read-only",
  EMFILE: "too many open files",
  ELOOP: "too many symbolic links",
};

/** A FileError for what the system said of a path. */
export function fileError(path: string, error: unknown): FileError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new FileError(`${path}: ${REASONS[code ?? ""] ?? message}`, { cause: error });
}

/** All bytes of a file. Throws a FileError. */
export function readBytes(path: string): Uint8Array {
  try {
    if (statSync(path).isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_FS_FILE_TOO_LARGE") {
      throw new FileError(`${path}: more than 2 GiB in one file; split the text`, { cause: error });
    }
    throw fileError(path, error);
  }
}

/** Bytes of a file's beginning that are looked at before the rest is read. */
const HEAD = 4096;
/** More than any model has: its numbers fill a WebAssembly memory of 4 GiB at most, beside a header. */
const MOST_MODEL_BYTES = 2 ** 32 + 2 ** 28;

/**
 * All bytes of a file that holds a model, or of a pipe. `check` sees its beginning, and how long it is (undefined of a pipe), and
 * throws for what is none, before more of it is read. Throws a FileError.
 */
export function readModelBytes(
  path: string,
  check: (head: Uint8Array, length: number | undefined) => void,
): Uint8Array {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const status = fstatSync(file);
    if (status.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
    const length = status.isFile() ? status.size : undefined;
    let bytes = Buffer.alloc(length === undefined ? HEAD : Math.min(HEAD, length));
    let filled = fill(file, bytes, 0);
    check(bytes.subarray(0, filled), length);
    const most = length ?? MOST_MODEL_BYTES;
    if (most > MOST_MODEL_BYTES) throw new Error(`expected at most ${MOST_MODEL_BYTES} bytes of a model, got ${most}`);
    checkMemory(length ?? 0, "its tensors");
    while (filled === bytes.length && filled < most) {
      const larger = Buffer.alloc(length ?? Math.min(2 * filled, most));
      bytes.copy(larger);
      bytes = larger;
      filled = fill(file, bytes, filled);
    }
    return bytes.subarray(0, filled);
  } catch (error) {
    // what the check and the memory say is said already
    if (error instanceof Error && (error.name === "FormatError" || error instanceof RangeError)) throw error;
    throw fileError(path, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Reads until the array is full or the file at its end; returns how far it is full. */
function fill(file: number, bytes: Uint8Array, from: number): number {
  for (let filled = from; ; ) {
    const more =
      filled < bytes.length ? readSync(file, bytes, filled, Math.min(bytes.length - filled, 2 ** 30), null) : 0;
    if (more === 0) return filled;
    filled += more;
  }
}

/** The name of standard input among files. */
export const STANDARD_INPUT = "-";
/** What a reader calls a file, or standard input. */
export function inputName(path: string): string {
  return path === STANDARD_INPUT ? "standard input" : path;
}

/** Bytes that are read at a time. */
const PIECE = 1 << 20;

/** The bytes of a file, or of standard input, piece by piece. Throws a FileError. */
export async function* readPieces(path: string): AsyncGenerator<Uint8Array, void, void> {
  const name = inputName(path);
  try {
    if (path !== STANDARD_INPUT && statSync(path).isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
    const stream = path === STANDARD_INPUT ? process.stdin : createReadStream(path, { highWaterMark: PIECE });
    for await (const piece of stream) yield piece as Uint8Array;
  } catch (error) {
    throw fileError(name, error);
  }
}

/** A file of UTF-8 text, whole. Throws a FileError, or a RangeError where it is empty or not UTF-8. */
export function readText(path: string): string {
  const bytes = readBytes(path);
  if (bytes.length === 0) throw new InvalidValueError(`${path}: expected text, got an empty file`);
  return decodeUtf8(bytes, path);
}

/** The same, of standard input for "-". */
export async function readTextOrInput(path: string): Promise<string> {
  if (path !== STANDARD_INPUT) return readText(path);
  const decoder = new Utf8Decoder(inputName(path));
  let text = "";
  for await (const piece of readPieces(path)) text += decoder.write(piece);
  text += decoder.end();
  if (text === "") throw new InvalidValueError("standard input: expected text, got nothing");
  return text;
}

/** The bytes of a file, or of standard input for "-". Throws a FileError, or a RangeError where there are none. */
export async function readBytesOrInput(path: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  if (path === STANDARD_INPUT) for await (const piece of readPieces(path)) pieces.push(piece);
  const bytes = path === STANDARD_INPUT ? Buffer.concat(pieces) : readBytes(path);
  if (bytes.length > 0) return bytes;
  throw new InvalidValueError(
    path === STANDARD_INPUT
      ? "standard input: expected text, got nothing"
      : `${path}: expected text, got an empty file`,
  );
}
