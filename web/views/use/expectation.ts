/** What the model expects at the caret: the likeliest next tokens as bars. */

import { element } from "../../dom.ts";
import { percent, visibleToken } from "../../numbers.ts";
import type { Page } from "../../page.ts";
import type { Expectation, NextToken, UseCalls } from "../../protocol/use.ts";
import { createLooker } from "../looker.ts";
import { spokenToken } from "../tokens.ts";
import { unknownLine } from "./unknown-line.ts";

export interface ExpectationView {
  readonly element: HTMLElement;
  /** Asks anew, if text or settings are others than those last asked about. */
  ask(): void;
  shown(): void;
  hidden(): void;
}

/** Characters of the context that are shown. */
const CONTEXT = 28;

export function createExpectation(
  page: Page,
  context: () => UseCalls["expectNext"]["argument"],
  onChoose: (text: string) => void,
): ExpectationView {
  let asked = "";
  const after = element("p", { class: "caret-context" });
  const list = element("ol", {});
  const note = element("p", { class: "note" });
  const rows: Row[] = [];
  const looker = createLooker(page, {
    look: () => page.worker.call("expectNext", context()),
    show,
    refused: (reason) => {
      note.textContent = reason;
    },
  });

  function show({ next, unknown }: Expectation): void {
    const { text } = context();
    const tail = [...text].slice(-CONTEXT).join("").replaceAll("\n", "↵");
    after.textContent = text === "" ? "At the beginning" : `After “${tail.length < text.length ? "…" : ""}${tail}”`;
    const most = next[0]?.probability ?? 1;
    // words, and the names of bytes
    list.classList.toggle(
      "wide",
      next.some(({ token }) => token.length > 2),
    );
    while (rows.length < next.length) {
      const row = createRow(onChoose);
      rows.push(row);
      list.append(row.element);
    }
    for (const [index, row] of rows.entries()) row.show(next[index], most);
    const cut = next.some(({ kept }) => !kept);
    note.textContent =
      next.length === 0
        ? "Write something: this model has no sign that begins a text."
        : `${cut ? "Hollow bars are never drawn at these settings. " : ""}${unknownLine(unknown)}`;
  }

  return {
    element: element(
      "section",
      { class: "expectation" },
      element("h2", {}, "What it expects next"),
      element("p", { class: "note" }, "At the caret of the prompt, at this temperature. Choose one to put it there."),
      after,
      list,
      note,
    ),
    ask() {
      const wish = JSON.stringify(context());
      if (wish === asked) return;
      asked = wish;
      looker.now();
    },
    shown() {
      looker.shown();
      looker.now();
    },
    hidden: looker.hidden,
  };
}

interface Row {
  readonly element: HTMLElement;
  /** `most` is the probability of a whole bar. */
  show(next: NextToken | undefined, most: number): void;
}

function createRow(onChoose: (text: string) => void): Row {
  let current = "";
  const name = element("span", { class: "sign" });
  const fill = element("i", {});
  const value = element("span", { class: "value" });
  /** What the sign of a space or line break stands for, and what a hollow bar says. */
  const spoken = element("span", { class: "visually-hidden" });
  const choose = element(
    "button",
    { class: "next-button", attributes: { type: "button" }, on: { click: () => onChoose(current) } },
    name,
    element("span", { class: "meter", attributes: { "aria-hidden": "true" } }, fill),
    value,
    spoken,
  );
  const made = element("li", {}, choose);
  return {
    element: made,
    show(next, most) {
      made.hidden = next === undefined;
      if (next === undefined) return;
      current = next.adds;
      choose.disabled = current === "";
      name.textContent = visibleToken(next.token);
      value.textContent = percent(next.probability);
      fill.style.width = `${(100 * next.probability) / most}%`;
      fill.className = next.kept ? "" : "hollow";
      spoken.textContent = [
        name.textContent === next.token ? "" : spokenToken(next.token),
        next.kept ? "" : "never drawn at these settings",
      ]
        .filter((part) => part !== "")
        .join(", ");
    },
  };
}
