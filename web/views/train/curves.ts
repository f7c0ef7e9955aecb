/** The run's curves: loss with what guessing would cost and the held-out part, speed, gradient norm. */

import { element } from "../../dom.ts";
import { tokenNoun } from "../../numbers.ts";
import type { Page } from "../../page.ts";
import type { Curves, Status } from "../../protocol/run.ts";
import { createCurveChart } from "./curve-chart.ts";

export function createCurves(page: Page): { readonly element: HTMLElement; draw(): void } {
  const lossTitle = element("span", {});
  const speedTitle = element("span", {});
  const loss = createCurveChart({
    title: lossTitle,
    height: 260,
    lines: [
      { label: "loss", colour: "--main", width: 1.5 },
      { label: "held out", colour: "--validation", width: 2, points: true },
      { label: "guessing", colour: "--soft", width: 1, dash: [3, 4] },
    ],
  });
  const speed = createCurveChart({
    title: speedTitle,
    height: 120,
    from: 0,
    lines: [{ label: "speed", colour: "--training", width: 1.5 }],
  });
  const norm = createCurveChart({
    title: "Gradient norm",
    height: 120,
    logarithmic: true,
    lines: [{ label: "gradient norm", colour: "--main", width: 1.5 }],
  });
  let curves: Curves | undefined;
  let due = false;

  function draw(): void {
    due = false;
    if (curves === undefined) return;
    const { steps, guess } = curves;
    const [at, losses, heldOut] = merged(curves);
    loss.draw(
      at,
      losses,
      heldOut,
      at.map(() => guess),
    );
    speed.draw([...steps], [...curves.tokensPerSecond]);
    norm.draw([...steps], [...curves.gradientNorm]);
  }

  function name({ model }: Status): void {
    const noun = tokenNoun(model?.recipe.unit ?? "char");
    lossTitle.textContent = `Loss, nats per ${noun}`;
    speedTitle.textContent = `${noun[0]!.toUpperCase()}${noun.slice(1)}s a second`;
  }
  page.worker.on("status", name);
  name(page.status());
  page.worker.on("curves", (told) => {
    curves = told;
    if (due || document.hidden) return;
    due = true;
    requestAnimationFrame(draw);
  });
  return {
    element: element(
      "div",
      { class: "curves" },
      loss.element,
      element("div", { class: "small" }, speed.element, norm.element),
    ),
    draw,
  };
}

/** Both curves over the steps of either. */
function merged({
  steps,
  loss,
  validationSteps,
  validationLoss,
}: Curves): [number[], (number | null)[], (number | null)[]] {
  const at = [...new Set([...steps, ...validationSteps])].sort((a, b) => a - b);
  const index = new Map(at.map((step, place) => [step, place]));
  const spread = (keys: Float64Array, values: Float64Array) => {
    const row = new Array<number | null>(at.length).fill(null);
    for (let i = 0; i < keys.length; i++) row[index.get(keys[i]!)!] = values[i]!;
    return row;
  };
  return [at, spread(steps, loss), spread(validationSteps, validationLoss)];
}
