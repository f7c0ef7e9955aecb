/** Taking model, report and log away as files, and how the model opens elsewhere. */

import { button, element } from "../../dom.ts";
import { bytes } from "../../numbers.ts";
import type { Page } from "../../page.ts";
import type { Download, Keeping } from "../../protocol/keep.ts";
import type { Status } from "../../protocol/run.ts";
import { command, type Section, section } from "./section.ts";

export function createTakeAway(page: Page): Section {
  const model = button("Download the model", () => void take("model"), { class: "primary" });
  const report = button("The report", () => void take("report"), { title: "Curves, samples and recipe as one page" });
  const log = button("The log", () => void take("log"), { title: "One line of JSON for each point of the curves" });
  const text = button("The text", () => void take("text"), { title: "What it is trained on, which it needs to go on" });
  const buttons = element("div", { class: "buttons" }, model, report, log, text);
  const intro = element("p", { class: "note" });
  const elsewhere = element("dl", { class: "elsewhere" });
  const taken = element("p", { class: "note", attributes: { role: "status" } });

  async function take(what: Download): Promise<void> {
    const file = await page.attempt(page.worker.call("download", { what }));
    if (file === undefined) return;
    saveFile(file.name, file.content);
    taken.textContent = `${file.name}, ${bytes(file.content.size)}, is among your downloads.`;
  }

  let shown = "";
  function update(status: Status, { modelFile, textFile, loaded }: Keeping): void {
    const isRun = status.model?.trainable === true;
    const goesOn = isRun || loaded?.isCheckpoint === true;
    buttons.hidden = modelFile === undefined;
    for (const made of [report, log]) made.hidden = !isRun || status.step === 0;
    text.hidden = textFile === undefined;
    intro.textContent =
      modelFile === undefined
        ? "Nothing to take away yet: start a run, or open a model."
        : isRun
          ? "The model is one file: its weights, and all that the next step depends on. It goes on elsewhere, to the bit."
          : "The model is one file, as it was loaded.";
    elsewhere.hidden = modelFile === undefined;
    // only what changed, so that what one selects stays selected
    const key = JSON.stringify([modelFile, textFile, goesOn]);
    if (modelFile !== undefined && key !== shown) elsewhere.replaceChildren(...ways(modelFile, textFile, goesOn));
    shown = key;
  }

  return { element: section("Take it away", intro, buttons, taken, elsewhere), update };
}

/** How the file opens elsewhere. */
function ways(file: string, text: string | undefined, goesOn: boolean): HTMLElement[] {
  const model = quoted(file);
  const resume = `charloom train --resume ${model}${text === undefined ? "" : ` ${quoted(text)}`}`;
  return [
    way("Write with it in Node", `charloom sample ${model}`),
    ...(goesOn ? [way("Go on training in Node", resume)] : []),
    way("Its tensors in Python", `safetensors.torch.load_file(${JSON.stringify(file)})`),
    way("As a PyTorch module", `charloom export ${model} --to pytorch`),
  ];
}

function way(what: string, how: string): HTMLElement {
  return element("div", {}, element("dt", {}, what), element("dd", {}, command(how)));
}

/** A file's name as a shell takes it. */
function quoted(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}

function saveFile(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  element("a", { attributes: { href: address, download: name } }).click();
  // the download has begun by then
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
