/** A prompt, and what the model writes on from it, character after character. */

import { button, element, field } from "../../dom.ts";
import { significant, tokenNoun } from "../../numbers.ts";
import type { Page } from "../../page.ts";
import { unknownLine } from "./unknown-line.ts";

export interface Writing {
  readonly element: HTMLElement;
  /** Sets the prompt. */
  prompt(text: string): void;
  /** Puts a text at the caret. */
  insert(text: string): void;
  beforeCaret(): { readonly text: string; readonly settings: Settings };
}

interface Settings {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
}

/** What would take long to read again at every key. */
const LONGEST_PROMPT = 2000;

/** `onChange` is told when the text before the caret or a setting has changed. */
export function createWriting(page: Page, onChange: () => void): Writing {
  let seed = 0;
  const prompt = element("textarea", {
    attributes: { rows: 3, spellcheck: "false", maxlength: LONGEST_PROMPT, id: "prompt" },
    on: { input: onChange, keyup: onChange, click: onChange, select: onChange, focus: onChange },
  });
  // a caret that is dragged by a finger
  document.addEventListener("selectionchange", () => {
    if (document.activeElement === prompt) onChange();
  });
  const temperature = slider("Temperature", 0, 2, 0.05, 0.8, (value) =>
    value === 0 ? "0, always the likeliest" : significant(value),
  );
  const topP = slider("Top-p", 0.05, 1, 0.05, 1, (value) => (value === 1 ? "1, all" : significant(value)));
  const lengthNote = element("span", {}, "characters at most");
  const topK = number("Top-k", 0, 1000, 0, "only so many of the likeliest; 0 for all");
  const length = number("Length", 1, 5000, 300, lengthNote);
  page.worker.on("status", ({ model }) => {
    lengthNote.textContent = `${tokenNoun(model?.recipe.unit ?? "char")}s at most`;
  });
  const start = button("Write on", () => void write(), { class: "primary" });
  const stop = button("Stop", () => void page.worker.call("stopWriting"));
  const given = element("span", { class: "soft" });
  const written = element("span", {});
  const output = element(
    "pre",
    { class: "written", attributes: { tabindex: 0, role: "region", "aria-label": "What it wrote" } },
    given,
    written,
  );
  const note = element("p", { class: "note", attributes: { role: "status" } });
  stop.disabled = true;
  output.hidden = true;

  function slider(
    label: string,
    min: number,
    max: number,
    step: number,
    value: number,
    say: (value: number) => string,
  ): { readonly element: HTMLElement; readonly input: HTMLInputElement } {
    const said = element("output", {});
    const input = element("input", { attributes: { type: "range", min, max, step, value }, on: { input: tell } });
    function tell(): void {
      said.textContent = say(Number(input.value));
      input.setAttribute("aria-valuetext", said.textContent);
      onChange();
    }
    said.textContent = say(value);
    input.setAttribute("aria-valuetext", said.textContent);
    return { element: field(label, input, said), input };
  }

  function number(
    label: string,
    min: number,
    max: number,
    value: number,
    what: HTMLElement | string,
  ): { readonly element: HTMLElement; readonly input: HTMLInputElement } {
    const input = element("input", {
      attributes: { type: "number", min, max, step: 1, value, required: true, inputmode: "numeric" },
      on: { input: () => onChange() },
    });
    return { element: field(label, input, what), input };
  }

  /** As the fields say; what is not a number in its limits counts as left out. */
  function settings(): Settings {
    return {
      temperature: Number(temperature.input.value),
      topK: topK.input.validity.valid ? Number(topK.input.value) : 0,
      topP: Number(topP.input.value),
    };
  }

  async function write(): Promise<void> {
    if (!form.reportValidity()) return;
    const drawn = ++seed;
    const text = prompt.value;
    given.textContent = text;
    written.textContent = "";
    output.hidden = false;
    stop.disabled = false;
    note.textContent = "";
    const result = await page.attempt(
      page.worker.call("write", {
        prompt: text,
        settings: settings(),
        length: Number(length.input.value),
        seed: drawn,
      }),
    );
    // another writing has begun meanwhile
    if (drawn !== seed) return;
    stop.disabled = true;
    if (result === undefined) return;
    written.textContent = result.text;
    note.textContent = `Written with seed ${drawn}: the same seed writes the same again. ${unknownLine(result.unknown)}`;
  }
  page.worker.on("written", (text) => {
    written.textContent = text;
  });

  const form = element(
    "form",
    {
      class: "writing",
      on: {
        submit: (event) => {
          event.preventDefault();
          void write();
        },
      },
    },
    element("h2", {}, "Let it write"),
    field("Prompt", prompt, "It reads this first, and goes on from there."),
    element("div", { class: "pair sliders" }, temperature.element, topP.element, topK.element, length.element),
    element("div", { class: "buttons" }, start, stop),
    output,
    note,
  );
  return {
    element: form,
    prompt(text) {
      prompt.value = text;
      prompt.setSelectionRange(text.length, text.length);
    },
    insert(text) {
      prompt.setRangeText(text, prompt.selectionStart, prompt.selectionEnd, "end");
      onChange();
    },
    beforeCaret: () => ({ text: prompt.value.slice(0, prompt.selectionStart), settings: settings() }),
  };
}
