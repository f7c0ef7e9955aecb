/**
 * Writing a file whole or not at all: the bytes go to a new file in the same folder, onto the disk, and then take the name
 * in one step. Until then the old file stands; a failure leaves it untouched. Node only.
 */

import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
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
  // a name that is nearly too long for the system has no room for more
  const name = Buffer.byteLength(basename(target)) > 200 ? "long-name.safetensors" : basename(target);
  const temporary = join(folder, `.${name}.${process.pid}.tmp`);
  const file = openExclusively(temporary);
  try {
    try {
      keepMode(file, target);
      writeAll(file, bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    take(temporary);
  } catch (error) {
    try {
      removeIfThere(temporary);
    } catch {
      // why the file could not be written matters more
    }
    throw error;
  }
  syncFolder(folder);
}

/** A system may take a part of what it is given, and less and less as a disk fills up. */
function writeAll(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) {
    const more = writeSync(file, bytes, written, bytes.length - written);
    if (more === 0) throw Object.assign(new Error("the system took none of the bytes"), { code: "EIO" });
    written += more;
  }
}

/** Who could read the old file can read the new one, and nobody else. */
function keepMode(file: number, target: string): void {
  const old = statSync(target, { throwIfNoEntry: false });
  if (old !== undefined && process.platform !== "win32") fchmodSync(file, old.mode & 0o777);
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

/** The names of `publish`: a model's, and a process number. */
const TEMPORARY = /^\.(.+)\.([1-9]\d*)\.tmp$/;

/**
 * Removes what processes that died while they wrote a model have left in the folder of `path`: temporary files of that file and of
 * any .safetensors, whose process is no more. Never throws: what cannot be removed does no harm.
 */
export function sweepOrphans(path: string): void {
  try {
    const model = resolveTarget(path);
    const folder = dirname(model);
    for (const name of readdirSync(folder)) {
      const [, target = "", pid = ""] = TEMPORARY.exec(name) ?? [];
      const ours = target === basename(model) || target.endsWith(".safetensors");
      if (ours && isDead(Number(pid))) removeIfThere(join(folder, name));
    }
  } catch {
    // a folder that cannot be read, or a file that is not ours
  }
}

/** Whether no process has this number; one that is somebody else's is alive. */
function isDead(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
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
  } catch (error) {
    // network file systems that cannot, and need not
    if (!["EINVAL", "ENOTSUP", "ENOSYS"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  } finally {
    closeSync(handle);
  }
}
