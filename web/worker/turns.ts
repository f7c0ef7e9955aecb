/** Long work in short pieces, so that the worker hears what the page says meanwhile. */

/** How many milliseconds are worked at a time. */
const SLICE = 12;

/** Lets others have their turn. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** All that an iterator yields, with a turn for others every few milliseconds. An aborted signal ends it with its reason. */
export async function collect<T>(items: Iterable<T>, signal?: AbortSignal): Promise<T[]> {
  const all: T[] = [];
  let start = performance.now();
  for (const item of items) {
    all.push(item);
    if (performance.now() - start < SLICE) continue;
    await breathe();
    signal?.throwIfAborted();
    start = performance.now();
  }
  return all;
}
