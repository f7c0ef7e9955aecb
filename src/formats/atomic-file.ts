/**
 * Writing a file whole or not at all: the bytes go to a new file in the same folder, onto the disk, and then take the name
 * in one step. Until then the old file stands; a failure leaves it untouched. Node only.
 */

import { closeSync, fsyncSync, openSync, realpathSync, renameSync, unlinkSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Throws the system's error (ENOSPC, EACCES, …) with the old file, if any, as it was. */
export function writeFileAtomically(path: string, bytes: Uint8Array): void {
  const target = resolveLinks(path);
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
    renameSync(temporary, target);
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

/** A rename would replace a symbolic link by the file; the file it points to is what is meant. */
function resolveLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
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
