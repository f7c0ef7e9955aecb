/** Reading files with errors that say what to do. Node only. */

import { readFileSync, statSync } from "node:fs";
import { decodeUtf8 } from "./text.ts";

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

/** A file of UTF-8 text. Throws a FileError, or a RangeError where it is empty or not UTF-8. */
export function readText(path: string): string {
  const bytes = readBytes(path);
  if (bytes.length === 0) throw new RangeError(`${path}: expected text, got an empty file`);
  return decodeUtf8(bytes, path);
}
