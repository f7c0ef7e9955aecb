/** Step 4: scores of all tokens, and what probabilities they make, before and after training. */

import { element } from "../../dom.ts";
import { visibleToken } from "../../numbers.ts";
import type { LessonPicture } from "../../protocol/understand.ts";
import { createStepFrame, type LessonStep, nounOf, shownToken } from "./lesson-step.ts";
import { equations, percent, signed } from "./notation.ts";
import { createTokenBars } from "./token-bars.ts";

/** Rows of the table, the right one apart. */
const MOST_LIKELY = 6;

export function createGuessStep(): LessonStep {
  const bars = createTokenBars("Probabilities of what comes next");
  const key = element(
    "p",
    { class: "legend" },
    element("span", { class: "swatch" }, "its guess"),
    element("span", { class: "swatch target" }, "what does come next"),
    element("span", { class: "swatch outline" }, "the guess before any training"),
  );
  const table = element("table", { class: "numbers" });
  const frame = createStepFrame(
    4,
    "It guesses what comes next",
    key,
    bars.element,
    element("div", { class: "wide", attributes: { tabindex: 0, role: "group", "aria-label": "The likeliest" } }, table),
  );
  return {
    element: frame.element,
    update(picture) {
      const { tokens, forward, untrained, pair, recipe } = picture;
      bars.draw({ tokens, values: forward.probabilities, outlines: untrained, target: pair.target, write: percent });
      table.replaceChildren(head(), element("tbody", {}, ...rows(picture)));
      frame.name(picture);
      frame.say(
        `From the new memory comes a score for each ${nounOf(picture)}. Raised to a power of e, all are above zero; divided by ` +
          "their sum, they are probabilities. That is the softmax.",
        equations(`y = W_y h′${recipe.bias ? " + b_y" : ""}`, "p_k = exp(y_k) / Σ_j exp(y_j)"),
        "To write, the network draws one of them by these odds, and reads it as if it had stood in the text.",
      );
    },
  };
}

function head(): HTMLElement {
  const names = ["next", "score", "probability", "before training"];
  return element(
    "thead",
    {},
    element("tr", {}, ...names.map((name) => element("th", { attributes: { scope: "col" } }, name))),
  );
}

function rows({ tokens, forward, untrained, pair }: LessonPicture): HTMLElement[] {
  const { probabilities, logits } = forward;
  const order = Array.from(probabilities, (_, index) => index).sort((a, b) => probabilities[b]! - probabilities[a]!);
  const shown = order.slice(0, MOST_LIKELY);
  if (!shown.includes(pair.target)) shown.push(pair.target);
  return shown.map((index) => {
    const target = index === pair.target;
    return element(
      "tr",
      { attributes: { "data-token": index } },
      element(
        "th",
        { attributes: { scope: "row" } },
        shownToken(visibleToken(tokens[index]!), target ? "target" : "other"),
        target && element("span", { class: "visually-hidden" }, " (does come next)"),
      ),
      element("td", {}, signed(logits[index]!)),
      element("td", {}, percent(probabilities[index]!)),
      element("td", {}, percent(untrained[index]!)),
    );
  });
}
