/** The bar that stays in sight: start, pause, one step, start over, and how the run stands. */

import { button, element } from "../dom.ts";
import { duration, grouped, nats, rounded, tokenNoun } from "../numbers.ts";
import type { Page } from "../page.ts";
import type { ModelSummary, Status } from "../protocol/run.ts";

export function createRunBar(page: Page): HTMLElement {
  const main = button("Start training", () => void toggle(), { class: "primary" });
  const step = button("One step", () => void page.attempt(page.worker.call("stepOnce")));
  const reset = button("Forget it", () => void forget(), { class: "quiet" });
  const progress = element("progress", { attributes: { max: 1, value: 0, "aria-label": "Steps of the run" } });
  const figures = element("dl", { class: "figures" });
  const about = element("p", { class: "about" });
  const said = element("span", { class: "visually-hidden", attributes: { role: "status" } });

  async function toggle(): Promise<void> {
    const { phase } = page.status();
    if (phase === "running") await page.attempt(page.worker.call("pause"));
    else if (page.status().model?.trainable) await page.attempt(page.worker.call("goOn"));
    else document.dispatchEvent(new CustomEvent("charloom-start"));
  }

  async function forget(): Promise<void> {
    const { step: steps } = page.status();
    if (steps > 1000 && !confirm("This forgets the model and what was saved of it. Keep it by a download first?"))
      return;
    await page.attempt(page.worker.call("reset"));
  }

  let phase: Status["phase"] | undefined;
  function update(status: Status): void {
    const { model } = status;
    const running = status.phase === "running";
    const trainable = model?.trainable === true;
    main.textContent = running ? "Pause" : trainable && status.step > 0 ? "Go on" : "Start training";
    step.disabled = running || !trainable;
    reset.disabled = model === undefined;
    progress.hidden = !trainable;
    progress.value = trainable ? Math.min(1, status.step / status.target) : 0;
    about.textContent = model === undefined ? "No model yet: choose a text and start." : describe(model);
    figures.hidden = !trainable;
    figures.replaceChildren(
      ...(trainable ? figuresOf(status).map(([name, value, title]) => item(name, value, title)) : []),
    );
    if (phase !== undefined && phase !== status.phase) said.textContent = spoken(status);
    phase = status.phase;
  }
  page.worker.on("status", update);
  update(page.status());

  return element(
    "section",
    { class: "run-bar", attributes: { "aria-label": "Run" } },
    element("div", { class: "buttons" }, main, step, reset),
    element("div", { class: "standing" }, about, figures),
    progress,
    said,
  );
}

function figuresOf(status: Status): [name: string, value: string, title: string][] {
  const { step, target, smoothLoss, validationLoss, tokensPerSecond, secondsLeft, phase, model } = status;
  const unit = `${tokenNoun(model!.recipe.unit)}s`;
  const left = phase === "running" && secondsLeft !== undefined ? duration(secondsLeft) : "–";
  return [
    [
      "step",
      `${grouped(step)} of ${grouped(target)}`,
      "Each step reads a few characters and adjusts every weight a little",
    ],
    ["loss", nats(smoothLoss), "Nats per character, a running mean: how surprised the model is by what comes next"],
    ...(validationLoss === undefined
      ? []
      : [
          ["held out", nats(validationLoss), "The same on a part of the text that it never learns from"] as [
            string,
            string,
            string,
          ],
        ]),
    [`${unit}/s`, tokensPerSecond === 0 ? "–" : rounded(tokensPerSecond), "Read and learnt from, each second"],
    ["left", left, "Until the last step, at this speed"],
  ];
}

function item(name: string, value: string, title: string): HTMLElement {
  return element("div", { title }, element("dt", {}, name), element("dd", {}, value));
}

/** "vanilla RNN, 1 × 100, on sonnets; 1 thread" */
function describe({ recipe, name, parameters, threads, whyOneThread }: ModelSummary): string {
  const cell = recipe.cell === "rnn" ? "vanilla RNN" : recipe.cell === "mingru" ? "minGRU" : recipe.cell.toUpperCase();
  const layers = recipe.layers === 1 ? `${recipe.hiddenSize} units` : `${recipe.layers} layers of ${recipe.hiddenSize}`;
  const on = threads > 1 ? `${threads} threads` : `1 thread${whyOneThread === undefined ? "" : ` (${whyOneThread})`}`;
  return `${cell}, ${layers}, ${grouped(parameters)} weights · ${name} · ${on}`;
}

function spoken({ phase, step, smoothLoss }: Status): string {
  if (phase === "running") return "Training.";
  if (phase === "paused") return `Paused at step ${grouped(step)}, loss ${nats(smoothLoss)}.`;
  if (phase === "done") return `Done after ${grouped(step)} steps, loss ${nats(smoothLoss)}.`;
  return phase === "failed" ? "Training has stopped." : "";
}
