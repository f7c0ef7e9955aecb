/** What is to be trained on what: text, recipe, what that would cost, and the button that begins anew. */

import { button, element } from "../../dom.ts";
import { bytes, duration, rounded, tokenNoun } from "../../numbers.ts";
import type { Page } from "../../page.ts";
import type { Estimate } from "../../protocol/run.ts";
import { createRecipeForm, type FormPlan } from "./recipe-form.ts";
import { createTextChooser } from "./text-chooser.ts";

export function createSetup(page: Page): HTMLElement {
  const form = createRecipeForm(() => void estimate());
  // the corpus that a text belongs to decides the recipe once, until the visitor chooses one
  const chooser = createTextChooser(page, (text) => {
    if (text.builtin === "dinosaurs") form.usePreset("dinosaurs");
    void estimate();
  });
  const cost = element("p", { class: "note" });
  const begin = button("Start anew with these", () => void start());
  const made = element(
    "div",
    { class: "setup" },
    chooser.element,
    element("fieldset", {}, element("legend", {}, "Network"), form.element, cost),
    begin,
  );

  async function estimate(): Promise<void> {
    const plan = form.plan(false);
    if (plan === undefined) {
      cost.textContent = "A field is out of its range.";
      return;
    }
    const found = await page.attempt(page.worker.call("estimate", { recipe: plan.recipe }));
    if (found !== undefined) cost.textContent = describe(found, plan);
  }

  async function start(): Promise<void> {
    const plan = form.plan(true);
    if (plan === undefined) return;
    begin.disabled = true;
    const { recipe, target } = plan;
    const begun = await page.attempt(
      page.worker.call("begin", { recipe, target, temperature: page.status().temperature || 1 }),
    );
    begin.disabled = false;
    if (begun === undefined) return;
    await page.attempt(page.worker.call("goOn"));
  }

  const follow = () => {
    begin.hidden = page.status().model === undefined;
  };
  page.worker.on("status", follow);
  follow();
  document.addEventListener("charloom-start", () => void start());
  void takeUp();
  return made;

  /** Shows what an earlier visit left, or else the text to begin with. */
  async function takeUp(): Promise<void> {
    const { model, target } = page.status();
    const text = await page.attempt(page.worker.call("chosenText"));
    if (text === undefined) await chooser.choose("sonnets");
    else chooser.show(text);
    if (model?.trainable !== true) return;
    form.useRecipe(model.recipe, target);
    await estimate();
  }
}

/** One line; the machine of the estimate is another, so only orders of magnitude are meant. */
function describe({ memoryBytes, secondsOfStep, tokensOfStep, stepsOfEpoch }: Estimate, plan: FormPlan): string {
  const { recipe, target } = plan;
  const speed = rounded(tokensOfStep / secondsOfStep);
  return (
    `About ${speed} ${tokenNoun(recipe.unit ?? "char")}s a second on one core, ${duration(target * secondsOfStep)} for all steps, ` +
    `${duration(stepsOfEpoch * secondsOfStep)} for a pass over the text; ${bytes(memoryBytes)} of memory.`
  );
}
