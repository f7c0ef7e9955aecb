/** Using the model: it writes on from a prompt, shows what it expects at the caret, and how surprising a text is to it. */

import { button, element } from "../../dom.ts";
import { tokenNoun } from "../../numbers.ts";
import type { Page, View } from "../../page.ts";
import type { ModelSummary, Status } from "../../protocol/run.ts";
import { createExpectation } from "./expectation.ts";
import { createSurprise } from "./surprise.ts";
import { createWriting } from "./writing.ts";

/** Code units of a prompt that a passage begins with. */
const PROMPT = 60;

export function createUseView(page: Page): View {
  const expectation = createExpectation(
    page,
    () => writing.beforeCaret(),
    (token) => writing.insert(token),
  );
  const writing = createWriting(page, expectation.ask);
  const surprise = createSurprise(page);
  let visible = false;
  let modelKey: string | undefined;

  /** Another model begins with a text that it knows. */
  async function follow(status: Status): Promise<void> {
    const key = status.model === undefined ? undefined : keyOf(status.model);
    body.hidden = key === undefined;
    none.hidden = key !== undefined;
    if (!visible || key === modelKey) return;
    modelKey = key;
    if (status.model === undefined) return;
    const passage = await page.attempt(
      page.worker.call("passage", status.model.trainable ? { kind: "corpus", at: 0.3 } : { kind: "written", seed: 1 }),
    );
    if (passage === undefined) return;
    writing.prompt(beginning(passage));
    expectation.ask();
    surprise.read(passage);
  }
  page.worker.on("status", (status) => void follow(status));

  const lead = element("p", { class: "lead" });
  function introduce({ model }: Status): void {
    const noun = tokenNoun(model?.recipe.unit ?? "char");
    lead.textContent =
      `A language model does one thing: it says how likely each ${noun} is to come next. ` +
      "Draw from that again and again and it writes; ask it about a text and it says how surprised it is.";
  }
  page.worker.on("status", introduce);
  introduce(page.status());

  const none = element(
    "p",
    { class: "soft" },
    "There is no model yet. ",
    button("Start one", () => page.show("train")),
  );
  const body = element("div", { class: "using" }, writing.element, expectation.element, surprise.element);
  return {
    element: element("div", {}, lead, none, body),
    shown() {
      visible = true;
      expectation.shown();
      surprise.shown();
      void follow(page.status());
    },
    hidden() {
      visible = false;
      expectation.hidden();
      surprise.hidden();
    },
  };
}

function keyOf({ name, recipe, vocabularySize, trainable }: ModelSummary): string {
  return [name, recipe.cell, recipe.layers, recipe.hiddenSize, vocabularySize, trainable].join();
}

/** The first line of a text, or as much of it as ends with a word. */
function beginning(text: string): string {
  const line = text.split("\n").find((one) => one.trim() !== "") ?? "";
  if (line.length <= PROMPT) return line;
  const cut = line.slice(0, PROMPT);
  return cut.slice(0, Math.max(cut.lastIndexOf(" "), 1));
}
