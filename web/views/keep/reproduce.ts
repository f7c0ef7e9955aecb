/** A run that was shared by a link: what it is, doing it again, and whether the same weights came out. */

import { button, element } from "../../dom.ts";
import { duration, grouped, significant } from "../../numbers.ts";
import type { Page } from "../../page.ts";
import { LINK_PREFIX, type SharedRun } from "../../protocol/keep.ts";
import type { Agreement, Estimate, Status } from "../../protocol/run.ts";
import { fileButton, mayReplace } from "./section.ts";

export interface Reproduction {
  readonly element: HTMLElement;
  update(status: Status): void;
}

export function createReproduction(page: Page): Reproduction {
  const title = element("h2", { attributes: { tabindex: -1 } });
  const facts = element("dl", { class: "facts" });
  const note = element("p", { class: "note" });
  const problem = element("p", { class: "problem", attributes: { role: "alert" } });
  const begin = button("Reproduce this run", () => void reproduce(), { class: "primary" });
  const text = fileButton("Its text…", {
    id: "shared-text",
    accept: ".txt,.md,.csv,.json,.html,.xml,.tex,text/*",
    onFile: (file) => void reproduce(file),
  });
  const no = button("Not now", () => dismiss(), { class: "quiet" });
  const buttons = element("div", { class: "buttons" }, ...text, begin, no);
  const verdict = element("p", { class: "verdict", attributes: { role: "status" } });
  const hashes = element("dl", { class: "hashes" });
  const made = element(
    "section",
    { class: "reproduction", attributes: { "aria-label": "A shared run" } },
    title,
    facts,
    note,
    problem,
    buttons,
    verdict,
    hashes,
  );
  /** The link that waits for the visitor. */
  let offered: string | undefined;
  let lastVerdict = "";

  async function offer(fragment: string): Promise<void> {
    page.show("keep");
    // stays in the address until it is answered: a reload asks again
    history.replaceState(null, "", fragment);
    const found = await page.attempt(page.worker.call("readLink", { fragment }));
    if (found === undefined) {
      dismiss();
      return;
    }
    offered = fragment;
    const { run, estimate } = found;
    const isOwn = !("builtin" in run.text);
    title.textContent = "Somebody shared a run with you";
    facts.replaceChildren(...factsOf(run));
    note.textContent = noteOf(run, estimate);
    problem.textContent = "";
    begin.textContent = isOwn ? "Use the text under Train" : "Reproduce this run";
    begin.classList.toggle("primary", !isOwn);
    for (const part of text) part.hidden = !isOwn;
    update(page.status());
    (isOwn ? made.querySelector<HTMLElement>("#shared-text") : begin)?.focus();
  }

  async function reproduce(file?: File): Promise<void> {
    if (offered === undefined || !mayReplace(page.status())) return;
    begin.disabled = true;
    problem.textContent = "";
    const fragment = offered;
    try {
      await page.worker.call("reproduce", file === undefined ? { fragment } : { fragment, file });
      dismiss();
    } catch (error) {
      // stands where the visitor looks, and stays
      problem.textContent = error instanceof Error ? error.message : String(error);
    }
    begin.disabled = false;
    update(page.status());
  }

  function dismiss(): void {
    if (location.hash.startsWith(LINK_PREFIX)) history.replaceState(null, "", "#keep");
    offered = undefined;
    update(page.status());
    // the button that had the focus is gone
    if (!made.hidden) title.focus();
  }

  function update({ expected, agreement, step, phase }: Status): void {
    made.hidden = offered === undefined && expected === undefined;
    const isOffer = offered !== undefined;
    for (const part of [facts, note, problem, buttons]) part.hidden = !isOffer;
    problem.hidden ||= problem.textContent === "";
    verdict.hidden = isOffer;
    hashes.hidden = isOffer || agreement === undefined;
    if (isOffer) delete made.dataset.verdict;
    if (isOffer || expected === undefined) return;
    title.textContent = "A shared run, done again";
    const now = agreement === undefined ? progress(step, expected.step, phase) : verdictOf(agreement);
    made.dataset.verdict = agreement === undefined ? "open" : agreement.expected === agreement.got ? "same" : "other";
    if (now !== lastVerdict) verdict.textContent = now;
    if (agreement !== undefined) {
      hashes.replaceChildren(...hashesOf(agreement));
      // who watches it train in another view hears of it there
      const isNews = now !== lastVerdict && lastVerdict !== "" && made.offsetParent === null;
      if (isNews) page.say(now, agreement.expected === agreement.got ? "fact" : "problem");
    }
    lastVerdict = now;
  }

  const take = (fragment: string) => {
    if (fragment.startsWith(LINK_PREFIX)) void offer(fragment);
  };
  addEventListener("hashchange", () => take(location.hash));
  // the tabs are about to write theirs there; the offer waits until the page is put together
  const opened = location.hash;
  queueMicrotask(() => take(opened));
  return { element: made, update };
}

function factsOf({ text, recipe, changes, step }: SharedRun): HTMLElement[] {
  const { cell, hiddenSize, layers, optimizer, learningRate, seed } = recipe;
  const name = cell === "rnn" ? "vanilla RNN" : cell === "mingru" ? "minGRU" : cell.toUpperCase();
  const size = layers === 1 ? `${hiddenSize} units` : `${layers} layers of ${hiddenSize} units`;
  const facts: [name: string, value: string][] = [
    ["text", "builtin" in text ? `${text.builtin}, which comes with this page` : text.name],
    ["network", `${name}, ${size}`],
    ["learning", `${optimizer}, rate ${significant(learningRate)}`],
    ["seed", String(seed)],
    ["steps", grouped(step)],
    ...(changes.length === 0 ? [] : [["changes", changesInWords(changes)] as [string, string]]),
  ];
  return facts.map(([fact, value]) => element("div", {}, element("dt", {}, fact), element("dd", {}, value)));
}

/** "learning rate 0.05 after step 500; …", the first few. */
function changesInWords(changes: SharedRun["changes"]): string {
  const said = changes.slice(0, 3).map(({ step, fields }) => {
    const values = Object.entries(fields).map(([name, value]) => {
      const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
      return typeof value === "object" ? words : `${words} ${value === Number.POSITIVE_INFINITY ? "none" : value}`;
    });
    return `${values.join(", ")} after step ${grouped(step)}`;
  });
  const more = changes.length > said.length ? `; and ${changes.length - said.length} more` : "";
  return said.join("; ") + more;
}

function noteOf({ text, step }: SharedRun, estimate: Estimate | undefined): string {
  const time = estimate === undefined ? "" : ` That takes about ${duration(step * estimate.secondsOfStep)}.`;
  const from =
    "builtin" in text
      ? ""
      : ` It needs the very text that it was trained on, ${grouped(text.tokens)} tokens long, which no link holds.`;
  return `Your browser trains it from the first step on, and compares its weights with those of who shared it.${from}${time}`;
}

function progress(step: number, end: number, phase: Status["phase"]): string {
  if (step > end) return "It has gone past the step that was shared without a comparison.";
  const share = `step ${grouped(step)} of ${grouped(end)}`;
  // told while it runs, a screen reader would never be done
  return phase === "running"
    ? "On its way to the step that was shared; then the weights are compared."
    : `Resting at ${share}; go on to have the weights compared.`;
}

function verdictOf({ step, expected, got }: Agreement): string {
  return expected === got
    ? `The same weights, bit for bit, after ${grouped(step)} steps.`
    : `Other weights after ${grouped(step)} steps: the hashes differ. Something was changed on the way, or this page is of another version than the one that shared the run.`;
}

function hashesOf({ expected, got }: Agreement): HTMLElement[] {
  const row = (name: string, hash: string) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, element("code", {}, hash)));
  return [row("SHA-256 shared", expected), row("computed here", got)];
}
