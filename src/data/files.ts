/** Reading files with errors that say what to do. Node only. */

import { createReadStream, readFileSync, statSync } from "node:fs";
import { decodeUtf8, Utf8Decoder } from "./text.ts";

/** A file or stream that cannot be read or written. */
export class FileError extends Error {
  override readonly name = "FileError";
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
  if (bytes.length === 0) throw new RangeError(`${path}: expected text, got an empty file`);
  return decodeUtf8(bytes, path);
}

/** The same, of standard input for "-". */
export async function readTextOrInput(path: string): Promise<string> {
  if (path !== STANDARD_INPUT) return readText(path);
  const decoder = new Utf8Decoder(inputName(path));
  let text = "";
  for await (const piece of readPieces(path)) text += decoder.write(piece);
  text += decoder.end();
  if (text === "") throw new RangeError("standard input: expected text, got nothing");
  return text;
}

/** The bytes of a file, or of standard input for "-". Throws a FileError, or a RangeError where there are none. */
export async function readBytesOrInput(path: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  if (path === STANDARD_INPUT) for await (const piece of readPieces(path)) pieces.push(piece);
  const bytes = path === STANDARD_INPUT ? Buffer.concat(pieces) : readBytes(path);
  if (bytes.length > 0) return bytes;
  throw new RangeError(
    path === STANDARD_INPUT
      ? "standard input: expected text, got nothing"
      : `${path}: expected text, got an empty file`,
  );
}
