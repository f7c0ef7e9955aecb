/** What a page keeps between visits, looked at by a test as a later visit would find it. */

import type { Page } from "playwright-core";

const LENGTH_BYTES = 4;

/** The checkpoint in one of the page's places (web/worker/kept-run.ts). */
export async function keptCheckpoint(page: Page, place = "1"): Promise<Uint8Array> {
  const file = Uint8Array.from(
    await page.evaluate(async (place) => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("charloom");
      const handle = await (await folder.getDirectoryHandle(place)).getFileHandle("run.charloom");
      return Array.from(new Uint8Array(await (await handle.getFile()).arrayBuffer()));
    }, place),
  );
  return file.subarray(LENGTH_BYTES + new DataView(file.buffer).getUint32(0, true));
}

/** Writes over a file that the page keeps. */
export async function overwriteKept(page: Page, name: RegExp, content: string, place = "1"): Promise<void> {
  await page.evaluate(
    async ([pattern, content, place]) => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("charloom");
      const own = await folder.getDirectoryHandle(place);
      const { entries } = own as unknown as { entries(): AsyncIterable<[string, FileSystemHandle]> };
      for await (const [name] of entries.call(own)) {
        if (!new RegExp(pattern).test(name)) continue;
        const writable = await (await own.getFileHandle(name)).createWritable();
        await writable.write(content);
        await writable.close();
      }
    },
    [name.source, content, place] as const,
  );
}
