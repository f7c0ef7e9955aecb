/**
 * Writing a file whole or not at all: the bytes go to a new file in the same folder, onto the disk, and then take the name
 * in one step. Until then the old file stands; a failure leaves it untouched. Node only.
 */

import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Replaces the file, or creates it. Throws the system's error (ENOSPC, EACCES, …), or an Error for a target that is no
 * regular file, with the old file as it was.
 */
export function writeFileAtomically(path: string, bytes: Uint8Array): void {
  const target = resolveTarget(path);
  publish(target, bytes, (temporary) => renameSync(temporary, target));
}

/** Creates the file, and throws the system's EEXIST where there is one of that name already, whoever made it and when. */
export function writeNewFile(path: string, bytes: Uint8Array): void {
  publish(path, bytes, (temporary) => {
    try {
      linkSync(temporary, path); // unlike a rename, this never replaces
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EEXIST" || existsSync(path)) throw Object.assign(new Error(`${path} exists`), { code: "EEXIST" });
      renameSync(temporary, path); // a file system without hard links
      return;
    }
    unlinkSync(temporary);
  });
}

/** Throws unless a file at this path may be replaced: it is a regular file, or a link to one, or nothing. */
export function checkReplaceable(path: string): void {
  resolveTarget(path);
}

function publish(target: string, bytes: Uint8Array, take: (temporary: string) => void): void {
  const folder = dirname(target);
  const temporary = join(folder, `.${basename(target)}.${process.pid}.tmp`);
  const file = openExclusively(temporary);
  try {
    try {
      for (let written = 0; written < bytes.length; ) {
        written += writeSync(file, bytes, written, bytes.length - written);
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    take(temporary);
  } catch (error) {
    removeIfThere(temporary);
    throw error;
  }
  syncFolder(folder);
}

/** Our own process number: a file of this name is what a dead process of the same number left behind. */
function openExclusively(path: string): number {
  removeIfThere(path);
  return openSync(path, "wx");
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** A rename would replace a symbolic link, a device or a pipe by the file: a link is followed, the others are refused. */
function resolveTarget(path: string): string {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return path;
  const target = realpathSync(path); // throws ENOENT for a link to nothing, ELOOP for one to itself
  const status = statSync(target);
  if (status.isDirectory()) throw Object.assign(new Error("expected a file, got a folder"), { code: "EISDIR" });
  if (!status.isFile()) throw new Error("expected a regular file, got a device or a pipe");
  return target;
}

/** Puts the new name itself onto the disk, where the system can (Windows cannot open a folder). */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
