/** What a page keeps between visits, looked at by a test as a later visit would find it. */

const LENGTH_BYTES = 4;

/** A page of whatever drives it. */
interface AnyPage {
  evaluate<Argument, Result>(run: (argument: Argument) => Promise<Result>, argument: Argument): Promise<Result>;
}

/** The checkpoint in one of the page's places (web/worker/kept-run.ts). */
export async function keptCheckpoint(page: object, place = "1"): Promise<Uint8Array> {
  const bytes = await (page as AnyPage).evaluate(async (place: string) => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("charloom");
    const handle = await (await folder.getDirectoryHandle(place)).getFileHandle("run.charloom");
    return Array.from(new Uint8Array(await (await handle.getFile()).arrayBuffer()));
  }, place);
  const file = Uint8Array.from(bytes);
  return file.subarray(LENGTH_BYTES + new DataView(file.buffer).getUint32(0, true));
}

/** Writes over those files of a place whose name ends so. */
export async function overwriteKept(page: object, ending: string, content: string): Promise<void> {
  await (page as AnyPage).evaluate(
    async ([ending, content]) => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("charloom");
      const own = await folder.getDirectoryHandle("1");
      const { entries } = own as unknown as { entries(): AsyncIterable<[string, FileSystemHandle]> };
      for await (const [name] of entries.call(own)) {
        if (!name.endsWith(ending)) continue;
        const writable = await (await own.getFileHandle(name)).createWritable();
        await writable.write(content);
        await writable.close();
      }
    },
    [ending, content] as const,
  );
}
