/** Where a command writes: a free name, and what is checked before the work rather than after it. */

import { accessSync, constants, existsSync, statSync } from "node:fs";
import { basename, dirname, extname, resolve } from "node:path";
import { FileError, fileError } from "../data/files.ts";
import { checkReplaceable, writeFileAtomically, writeNewFile } from "../formats/atomic-file.ts";
import { UsageError } from "./arguments.ts";

/** The input's name with another extension (".html"), in this folder, with a number if that is taken. */
export function freeName(input: string, extension: string, fallback: string): string {
  const stem = basename(input, extname(input)) || fallback;
  let path = `${stem}${extension}`;
  for (let number = 2; existsSync(path); number++) path = `${stem}-${number}${extension}`;
  return path;
}

/** No input of the run may be overwritten. */
export function checkInputs(path: string, inputs: readonly (string | undefined)[], option: string): void {
  for (const input of inputs) {
    if (input !== undefined && sameFile(input, path)) {
      throw new UsageError(`${option}: "${path}" is a file of this run already; choose another name`);
    }
  }
}

/** The file's folder is there and gives the access (of fs.constants) that is needed. */
export function checkFolder(path: string, option: string, access: number): void {
  if (path === "" || path === "-") {
    throw new UsageError(`${option}: expected the name of a file, got ${path === "" ? "an empty one" : '"-"'}`);
  }
  const folder = dirname(resolve(path));
  if (!existsSync(folder)) throw new FileError(`${path}: its folder does not exist; create ${dirname(path)} first`);
  try {
    accessSync(folder, access);
  } catch (error) {
    throw fileError(folder, error);
  }
}

/** What stands there, if anything, can be replaced. */
export function checkTarget(path: string): void {
  try {
    checkReplaceable(path);
    if (existsSync(path)) accessSync(path, constants.W_OK);
  } catch (error) {
    throw fileError(path, error);
  }
}

/**
 * Writes the file to `out`, over whatever is there; if that is undefined, to a name that is free. Returns where it went.
 */
export function writeOutput(bytes: Uint8Array, out: string | undefined, free: () => string): string {
  while (true) {
    const path = out ?? free();
    try {
      if (out === undefined) writeNewFile(path, bytes);
      else writeFileAtomically(path, bytes);
      return path;
    } catch (error) {
      // somebody else took the name since we looked
      if (out === undefined && (error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw fileError(path, error);
    }
  }
}

/** Whether two paths lead to one file, by whatever links or letters. */
function sameFile(a: string, b: string): boolean {
  const [first, second] = [a, b].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  if (first === undefined || second === undefined) return resolve(a) === resolve(b);
  return first.dev === second.dev && first.ino === second.ino;
}
