/**
 * The page's own files: the browser's origin-private file system, which no other site and no file manager sees. A file there
 * takes its new content in one step, when the writing of it is closed; until then, and if that never comes, the old one stands.
 */

const FOLDER = "charloom";

/** The folder of this page's files, or one in it; made where there is none. */
export async function openFolder(name?: string): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(FOLDER, { create: true });
  return name === undefined ? folder : folder.getDirectoryHandle(name, { create: true });
}

/** Undefined of none, and of one whose first writing was never closed: that is empty. */
export async function readFile(folder: FileSystemDirectoryHandle, name: string): Promise<File | undefined> {
  try {
    const file = await (await folder.getFileHandle(name)).getFile();
    return file.size === 0 ? undefined : file;
  } catch {
    return undefined;
  }
}

export async function writeFile(folder: FileSystemDirectoryHandle, name: string, content: Blob): Promise<void> {
  const handle = await folder.getFileHandle(name, { create: true });
  const writable = await handle.createWritable();
  try {
    await writable.write(content);
  } catch (error) {
    await writable.abort().catch(() => {});
    throw error;
  }
  await writable.close();
}

/** The names of what is in a folder. */
export async function namesIn(folder: FileSystemDirectoryHandle): Promise<string[]> {
  const names: string[] = [];
  for await (const [name] of entriesOf(folder)) names.push(name);
  return names;
}

/** Removes what has one of these names, if it is there. */
export async function removeFiles(folder: FileSystemDirectoryHandle, names: readonly string[]): Promise<void> {
  for (const name of names) await folder.removeEntry(name, { recursive: true }).catch(() => {});
}

/** What the standard says of every directory, and TypeScript's library leaves to another one of its files. */
function entriesOf(folder: FileSystemDirectoryHandle): AsyncIterable<[string, FileSystemHandle]> {
  return (folder as unknown as { entries(): AsyncIterable<[string, FileSystemHandle]> }).entries();
}

/** Why a file could not be written, for the visitor. */
export function whyNoFile(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (name === "QuotaExceededError") {
    return "the browser has no more room for this page; forget what else is kept under Keep, or download the model";
  }
  if (name === "FormatError") return message;
  return isSecureContext
    ? `this browser keeps no files for the page, as in a private window (${message})`
    : "browsers keep files for pages of https:// and of this machine alone";
}
