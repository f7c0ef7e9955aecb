/**
 * Where each tab keeps its run: a folder that is its own as long as it is open. A new tab takes the folder that was saved to
 * last and that no other tab has; so what one tab saves, another never writes over, and there are never more folders than there
 * once were tabs.
 */

import { namesIn, openFolder, readFile } from "./private-files.ts";

/** The run in a folder (kept-run.ts). */
export const RUN_FILE = "run.charloom";

/**
 * Milliseconds to wait for the folder that was saved to last: a page that is loaded anew may be there before its former self has
 * let go.
 */
const PATIENCE = 1000;

export interface Place {
  readonly name: string;
  /** When it was last saved to, in milliseconds since 1970; 0 of an empty one. */
  readonly time: number;
}

/** All places, the one that was last saved to first. */
export async function places(): Promise<Place[]> {
  const found: Place[] = [];
  for (const name of await namesIn(await openFolder())) {
    if (!/^\d+$/.test(name)) continue;
    const file = await readFile(await openFolder(name), RUN_FILE);
    found.push({ name, time: file?.lastModified ?? 0 });
  }
  return found.sort((a, b) => b.time - a.time);
}

/** The name of the place that is this tab's from now on. */
export async function claimPlace(): Promise<string> {
  const present = await places();
  for (const [index, { name }] of present.entries()) if (await claim(name, index === 0 ? PATIENCE : 0)) return name;
  for (let number = 1; ; number++) {
    const name = String(number);
    if (!present.some((place) => place.name === name) && (await claim(name, 0))) return name;
  }
}

/** Names of the places that open tabs have, this one among them. */
export async function claimedPlaces(): Promise<Set<string>> {
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  return new Set(held.map(({ name = "" }) => name.replace(LOCK, "")));
}

const LOCK = "charloom-place-";

/** Takes a place for as long as this worker lives, or says within `patience` milliseconds that another tab has it. */
function claim(name: string, patience: number): Promise<boolean> {
  // without locks, which all present browsers have, tabs share the first
  if (navigator.locks === undefined) return Promise.resolve(true);
  return new Promise((resolve) => {
    const options: LockOptions = patience === 0 ? { ifAvailable: true } : { signal: AbortSignal.timeout(patience) };
    const hold = (lock: Lock | null) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise<void>(() => {});
    };
    navigator.locks.request(LOCK + name, options, hold).catch(() => resolve(false));
  });
}
