/** Long work in short pieces, so that the worker hears what the page says meanwhile. */

import { Turns } from "../../src/index.ts";

/** How many milliseconds are worked at a time. */
export const SLICE = 12;

/** All that an iterator yields, with a turn for others every few milliseconds. An aborted signal ends it with its reason. */
export async function collect<T>(items: Iterable<T>, signal?: AbortSignal): Promise<T[]> {
  const turns = new Turns(signal, SLICE);
  const all: T[] = [];
  for (const item of items) {
    all.push(item);
    if (turns.over) await turns.next();
    turns.check();
  }
  return all;
}
