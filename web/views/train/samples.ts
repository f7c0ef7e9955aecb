/** What the model writes as it learns: the latest sample in full, the earlier ones below it. */

import { element } from "../../dom.ts";
import { grouped, nats, tokenNoun } from "../../numbers.ts";
import type { Page } from "../../page.ts";
import type { SampleShown, Status } from "../../protocol/run.ts";

export function createSamples(page: Page): HTMLElement {
  const list = element("ol", {
    attributes: { reversed: true, tabindex: 0, "aria-label": "Samples, the latest first" },
  });
  const note = element("span", {});
  const say = ({ model }: Status) => {
    note.textContent = `Drawn from the model as it learns, one ${tokenNoun(model?.recipe.unit ?? "char")} after another.`;
  };
  page.worker.on("status", say);
  say(page.status());
  let shown: readonly SampleShown[] = [];
  page.worker.on("samples", (samples) => {
    if (samples.length === shown.length && samples.at(-1)?.step === shown.at(-1)?.step) return;
    const last = shown.at(-1);
    const goesOn = samples.length > shown.length && last !== undefined && samples[shown.length - 1]?.step === last.step;
    // only what is new, so that what one reads or selects stays where it is
    if (goesOn) list.prepend(...samples.slice(shown.length).map(item).reverse());
    else list.replaceChildren(...samples.map(item).reverse());
    shown = samples;
  });
  return element(
    "section",
    { class: "samples" },
    element("h2", {}, "What it writes"),
    element("p", { class: "note" }, note),
    list,
  );
}

function item({ step, smoothLoss, text }: SampleShown): HTMLElement {
  const when = step === 0 ? "before training" : `step ${grouped(step)}`;
  return element(
    "li",
    {},
    element("h3", {}, when, element("span", { class: "soft" }, ` loss ${nats(smoothLoss)}`)),
    element("pre", {}, text),
  );
}
