/** What this browser keeps between visits, and forgetting it. */

import { button, element } from "../../dom.ts";
import { bytes, grouped } from "../../numbers.ts";
import type { Page } from "../../page.ts";
import type { Keeping, KeptRun } from "../../protocol/keep.ts";
import type { Status } from "../../protocol/run.ts";
import { type Section, section } from "./section.ts";

/** `onForgotten` hears of a forgotten run. */
export function createKeptHere(page: Page, onForgotten: () => void): Section {
  const list = element("ul", { class: "kept" });
  const standing = element("p", { class: "note" });
  const lasting = element("p", { class: "note" });
  const persist = button("Ask it to keep this", () => void askToPersist());
  let shown = "";

  async function forget(run: KeptRun): Promise<void> {
    const isOpen = run.whose === "this" && page.status().model?.trainable === true;
    const what = isOpen ? "the run that is here, and what is kept of it" : "what is kept of that run";
    if ((run.step ?? 0) > 1000 && !confirm(`This forgets ${what}. Keep it by a download first?`)) return;
    // kept no more, it would be kept anew a few seconds later
    if (isOpen) await page.attempt(page.worker.call("reset"));
    else await page.attempt(page.worker.call("forgetKept", { place: run.place }));
    onForgotten();
  }

  async function askToPersist(): Promise<void> {
    const granted = await navigator.storage.persist().catch(() => false);
    if (!granted) page.say("The browser does not promise it. A download is kept for certain.", "problem");
    await tellLasting();
  }

  async function tellLasting(): Promise<void> {
    const persisted = await navigator.storage?.persisted?.().catch(() => undefined);
    lasting.hidden = persisted === undefined;
    persist.hidden = persisted !== false;
    lasting.textContent = persisted
      ? "The browser has promised not to clear it by itself."
      : "The browser may clear it where room is short.";
  }

  function item(run: KeptRun): HTMLElement {
    const { text, step, time, whose } = run;
    const name = text === undefined ? "A run that cannot be read" : `${text}, step ${grouped(step!)}`;
    const owner =
      whose === "this" ? "" : whose === "other" ? ", by another tab that is open" : ", by a tab that is closed";
    const when = element("time", { attributes: { datetime: new Date(time).toISOString() } }, moment(time));
    const remove = button("Forget", () => void forget(run), { attributes: { "aria-label": `Forget ${name}` } });
    return element(
      "li",
      {},
      element(
        "div",
        {},
        element("strong", {}, name),
        element("span", { class: "note" }, `${bytes(run.bytes)}, saved `, when, owner),
      ),
      whose !== "other" && remove,
    );
  }

  return {
    element: section("Kept in this browser", standing, list, element("div", { class: "lasting" }, lasting, persist)),
    update(status: Status, { kept }: Keeping) {
      standing.textContent =
        status.whyNotSaved === undefined
          ? "A run is saved every few seconds while it trains. Close the tab, come back, and it goes on exactly."
          : `Nothing new is saved: ${status.whyNotSaved}.`;
      list.hidden = kept.length === 0;
      // what has not changed is left alone, or focus would be lost
      const key = JSON.stringify(kept);
      if (key !== shown) list.replaceChildren(...kept.map(item));
      shown = key;
      void tellLasting();
    },
  };
}

/** "today at 14:05", "on 3 June 2026 at 14:05" */
function moment(time: number): string {
  const date = new Date(time);
  const clock = date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (date.toDateString() === new Date().toDateString()) return `today at ${clock}`;
  return `on ${date.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" })} at ${clock}`;
}
