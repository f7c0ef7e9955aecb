/** Choosing the text: one that comes with the page, a pasted one, or a file, which may be dropped anywhere on the page. */

import { button, element, field } from "../../dom.ts";
import { grouped } from "../../numbers.ts";
import type { Page } from "../../page.ts";
import { CORPORA, type CorpusName, type TextSource, type TextSummary } from "../../protocol/run.ts";

const TITLES: Readonly<Record<CorpusName, string>> = { sonnets: "Shakespeare's sonnets", dinosaurs: "Dinosaur names" };

export interface TextChooser {
  readonly element: HTMLElement;
  /** Reads a corpus of the page. */
  choose(name: CorpusName): Promise<void>;
  /** Shows a text that the worker has read already. */
  show(text: TextSummary): void;
}

/** `onText` hears of every text that was read. */
export function createTextChooser(page: Page, onText: (text: TextSummary) => void): TextChooser {
  const file = element("input", {
    class: "visually-hidden",
    attributes: { type: "file", id: "file", accept: ".txt,.md,.csv,.json,.html,.xml,.tex,text/*" },
    on: {
      change: () => {
        const chosen = file.files?.[0];
        if (chosen !== undefined) void read({ kind: "file", file: chosen });
        file.value = "";
      },
    },
  });
  const paste = element("textarea", { attributes: { rows: 4, spellcheck: "false", placeholder: "Paste a text here" } });
  const usePasted = button("Use this text", () => void read({ kind: "pasted", text: paste.value }));
  const pasting = element("details", {}, element("summary", {}, "Paste a text"), field("Text", paste), usePasted);
  const about = element("p", { class: "note" });
  const excerpt = element("pre", {
    class: "excerpt",
    attributes: { tabindex: 0, "aria-label": "How the text begins" },
  });
  const buttons = new Map(
    CORPORA.map((name) => [
      name,
      button(TITLES[name], () => void choose(name), { attributes: { "aria-pressed": "false" } }),
    ]),
  );
  const own = element("label", { class: "button", attributes: { for: "file" } }, "A file of yours…");

  async function read(source: TextSource): Promise<void> {
    const text = await page.attempt(page.worker.call("readText", source));
    if (text !== undefined) show(text);
  }

  function show(text: TextSummary): void {
    for (const [name, made] of buttons) made.setAttribute("aria-pressed", String(text.builtin === name));
    about.textContent = `${text.builtin === undefined ? text.name : TITLES[text.builtin]}: ${grouped(text.characters)} characters, ${text.distinctCharacters} different ones.`;
    excerpt.textContent = text.excerpt;
    pasting.open = false;
    onText(text);
  }

  function choose(name: CorpusName): Promise<void> {
    return read({ kind: "builtin", name });
  }

  acceptDrops((dropped) => void read({ kind: "file", file: dropped }));
  return {
    element: element(
      "fieldset",
      { class: "text-chooser" },
      element("legend", {}, "Text"),
      element("div", { class: "buttons" }, ...buttons.values(), file, own),
      element("p", { class: "hint" }, "Or drop a text file anywhere on the page."),
      pasting,
      about,
      excerpt,
    ),
    choose,
    show,
  };
}

/** Text files dropped on the page; models are the Keep view's (views/keep). */
function acceptDrops(onFile: (file: File) => void): void {
  addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) document.body.classList.remove("dropping");
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    const file = event.dataTransfer?.files[0];
    if (file === undefined) return;
    if (file.name.endsWith(".safetensors")) document.dispatchEvent(new CustomEvent("charloom-model", { detail: file }));
    else onFile(file);
  });
}
