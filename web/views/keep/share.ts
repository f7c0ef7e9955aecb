/** A link from which any browser does the run again, to the bit. */

import { button, element, field } from "../../dom.ts";
import { grouped } from "../../numbers.ts";
import type { Page } from "../../page.ts";
import { type Section, section } from "./section.ts";

export function createShare(page: Page): Section {
  const make = button("Make a link", () => void share());
  const link = element("input", {
    attributes: { type: "text", readonly: true, spellcheck: "false" },
    on: { focus: () => link.select() },
  });
  const copy = button("Copy", () => void copyLink());
  const copied = element("span", { class: "visually-hidden", attributes: { role: "status" } });
  const facts = element("span", {});
  const made = element("div", { class: "link" }, field("Link", link, facts), copy, copied);
  made.hidden = true;
  const why = element("p", { class: "note" });
  /** What the link is of: a run by its model's name and the step. */
  let of: { readonly name: string; readonly step: number } | undefined;

  async function share(): Promise<void> {
    const shared = await page.attempt(page.worker.call("share"));
    if (shared === undefined) return;
    const { fragment, step, hash } = shared;
    of = { name: page.status().model?.name ?? "", step };
    link.value = location.origin + location.pathname + location.search + fragment;
    facts.textContent = `Of step ${grouped(step)}. SHA-256 of its weights: ${hash.slice(0, 16)}…`;
    made.hidden = false;
    copy.textContent = "Copy";
    copied.textContent = `The link of step ${grouped(step)} is made.`;
  }

  async function copyLink(): Promise<void> {
    try {
      await navigator.clipboard.writeText(link.value);
      copy.textContent = "Copied";
      copied.textContent = "Copied.";
    } catch {
      // not every page may write there: the visitor's own keys always can
      link.focus();
      page.say("This browser lets the page copy nothing: the link is selected, copy it by its keys.", "problem");
    }
  }

  return {
    element: section(
      "Share a link",
      element(
        "p",
        { class: "note" },
        "It holds recipe and seed, not the weights. Who opens it trains the same network on their own machine, and the page tells whether it came to the same weights, bit for bit.",
      ),
      element("div", { class: "buttons" }, make),
      why,
      made,
    ),
    update({ model, step }, { whyNotShared }) {
      const isRun = model?.trainable === true;
      make.disabled = !isRun || whyNotShared !== undefined;
      why.hidden = isRun && whyNotShared === undefined;
      why.textContent = isRun ? (whyNotShared ?? "") : "There is no run to share.";
      // a link of what is no longer here would tell of another run than one sees
      if (!isRun || of?.name !== model.name || step < of.step) made.hidden = true;
    },
  };
}
