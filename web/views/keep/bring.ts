/** Opening a model file, and what can be done with one whose text is not at hand. */

import { button, element } from "../../dom.ts";
import { grouped } from "../../numbers.ts";
import type { Page } from "../../page.ts";
import type { Keeping, LoadedModel } from "../../protocol/keep.ts";
import type { Status } from "../../protocol/run.ts";
import { fileButton, mayReplace, type Section, section } from "./section.ts";

const TEXTS = ".txt,.md,.csv,.json,.html,.xml,.tex,text/*";

export function createBring(page: Page): Section {
  const chooser = fileButton("A model's file…", {
    id: "model-file",
    accept: ".safetensors",
    onFile: (file) => void open(file),
  });
  const about = element("p", {});
  const offer = element("p", { class: "note" });
  const own = fileButton("Its own text…", {
    id: "own-text",
    accept: TEXTS,
    onFile: (file) => void train({ kind: "file", file }, true),
  });
  const other = fileButton("Another text…", {
    id: "other-text",
    accept: TEXTS,
    onFile: (file) => void train({ kind: "file", file }, false),
  });
  const chosen = button("", () => void train({ kind: "chosen" }, false));
  const loadedPart = element(
    "div",
    { class: "loaded" },
    about,
    offer,
    element("div", { class: "buttons" }, ...own, ...other, chosen),
  );

  async function open(file: File): Promise<void> {
    if (!mayReplace(page.status())) return;
    page.show("keep");
    const status = await page.attempt(page.worker.call("openModel", { file }));
    if (status === undefined) return;
    const { model, step } = status;
    page.say(
      model?.trainable === true
        ? `${file.name} goes on from step ${grouped(step)}, on ${model.name}, exactly as it would have.`
        : `${file.name} is here to be looked at and to write.`,
    );
  }

  async function train(
    text: { readonly kind: "file"; readonly file: File } | { readonly kind: "chosen" },
    exactly: boolean,
  ): Promise<void> {
    const status = await page.attempt(page.worker.call("trainLoaded", { text, exactly }));
    if (status === undefined) return;
    const how = exactly ? "exactly as it would have" : "a text that is new to it";
    page.say(`It goes on from step ${grouped(status.step)}, on ${status.model?.name}: ${how}.`);
  }

  document.addEventListener("charloom-model", (event) => void open((event as CustomEvent<File>).detail));

  function update(_: Status, { loaded, chosenText }: Keeping): void {
    loadedPart.hidden = loaded === undefined;
    if (loaded === undefined) return;
    about.textContent = describe(loaded);
    offer.textContent = offerOf(loaded);
    for (const part of own) part.hidden = !loaded.isCheckpoint;
    chosen.hidden = chosenText === undefined;
    chosen.textContent = `On ${chosenText}, as chosen under Train`;
  }

  return {
    element: section(
      "Open a model",
      element(
        "p",
        { class: "note" },
        "A .safetensors file that charloom wrote, here or in Node. Or drop it anywhere on this page.",
      ),
      element("div", { class: "buttons" }, ...chooser),
      loadedPart,
    ),
    update,
  };
}

function describe({ name, step, trainedOn }: LoadedModel): string {
  const on = trainedOn === undefined ? "" : ` on ${trainedOn}`;
  return step === 0 ? `${name} is open.` : `${name} is open: trained${on} for ${grouped(step)} steps.`;
}

function offerOf({ isCheckpoint, whyNoRun }: LoadedModel): string {
  if (whyNoRun !== undefined) return `It cannot go on here: ${whyNoRun}.`;
  return isCheckpoint
    ? "It can go on training. With the text that it was trained on, it does so exactly; on another of the same characters it takes what it knows along."
    : "The file holds weights alone. It can go on from them, on a text of the same characters.";
}
