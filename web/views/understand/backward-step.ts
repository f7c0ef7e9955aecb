/** Step 6: the gradient of every parameter, and some of them beside what nudging the parameter shows. */

import type { CheckedElement, LayerGradients, TensorElement } from "../../../src/index.ts";
import { element } from "../../dom.ts";
import type { LessonPicture } from "../../protocol/understand.ts";
import { gradientAccount, gradientStripsOf } from "./cell-account.ts";
import { createStepFrame, type LessonDesk, type LessonStep } from "./lesson-step.ts";
import { createMapGrid } from "./map-grid.ts";
import { elementName, equations, formula, signed } from "./notation.ts";
import type { TensorMapOptions } from "./tensor-map.ts";
import { createTokenBars } from "./token-bars.ts";
import { createUnitStrips } from "./unit-strips.ts";

/** Elements that are checked without being asked for, of each parameter. */
const CHECKED = 2;

export function createBackwardStep(desk: LessonDesk): LessonStep {
  const bars = createTokenBars("Gradient of the loss at each score");
  const grid = createMapGrid(desk.page);
  const strips = createUnitStrips("Gradients on their way back");
  const table = element("tbody", {});
  const checks = element(
    "figure",
    { class: "checks" },
    element("figcaption", {}, "Some gradients, and what nudging the number shows"),
    element(
      "div",
      { class: "wide", attributes: { tabindex: 0, role: "group", "aria-label": "Gradients, checked" } },
      element(
        "table",
        { class: "numbers" },
        element(
          "thead",
          {},
          element(
            "tr",
            {},
            ...["number", "value", "gradient", "by nudging", "relative error"].map((name) =>
              element("th", { attributes: { scope: "col" } }, name),
            ),
          ),
        ),
        table,
      ),
    ),
    element(
      "p",
      { class: "note" },
      "Click a gradient above, or go there by arrow keys and press Enter, to check it too.",
    ),
  );
  const frame = createStepFrame(
    6,
    "Which numbers are to blame?",
    element("figure", {}, element("figcaption", {}, "at the scores: p, less 1 for what came"), bars.element),
    element("figure", {}, element("figcaption", {}, "at the units"), strips.element),
    grid.element,
    checks,
  );
  let shown: LessonPicture | undefined;

  async function check(elements: readonly TensorElement[], replace: boolean): Promise<void> {
    const picture = shown!;
    const checked = await desk.page.attempt(desk.page.worker.call("lessonCheck", { elements }));
    if (checked === undefined || picture !== shown) return;
    const rows = checked.map((one) => row(one, picture));
    if (replace) table.replaceChildren(...rows);
    else {
      // the one that was asked for comes first, once
      for (const { tensor, index } of checked) table.querySelector(`[data-element="${tensor}:${index}"]`)?.remove();
      table.prepend(...rows);
    }
  }

  /** From the last layer to the first, as the gradient goes. */
  function drawStrips({ forward, gradLayers, recipe }: LessonPicture): void {
    const order = [...gradLayers].reverse();
    const several = recipe.layers > 1;
    strips.draw(
      order.map((gradients) => gradientStripsOf(gradients, several ? `layer ${gradients.layer + 1}` : "")),
      (unit) =>
        order.flatMap((gradients) =>
          gradientAccount(recipe.cell, forward.layers[gradients.layer]!, gradients, unit).map((line) =>
            several ? `layer ${gradients.layer + 1}: ${line}` : line,
          ),
        ),
      mostMoved(order[0]!),
    );
  }

  return {
    element: frame.element,
    update(picture) {
      shown = picture;
      const { tokens, gradLogits, pair, parameters, updates } = picture;
      bars.draw({ tokens, values: gradLogits, target: pair.target, write: signed });
      drawStrips(picture);
      grid.update(
        picture,
        parameters.flatMap((parameter): TensorMapOptions[] => [
          // beside what it is the gradient of; of vectors it stands alone
          ...(parameter.shape.length === 1
            ? []
            : [{ parameter, kind: { of: "value" }, caption: (symbol: string) => symbol } as const]),
          {
            parameter,
            kind: { of: "gradient" },
            caption: (symbol) => `gradient of ${symbol}`,
            onPick: (index) => void check([{ tensor: parameter.name, index }], false),
          },
        ]),
        2,
      );
      const elements = parameters.flatMap(({ name }) =>
        updates.filter(({ tensor }) => tensor === name).slice(0, CHECKED),
      );
      void check(
        elements.map(({ tensor, index }) => ({ tensor, index })),
        true,
      );
      frame.name(picture);
      frame.say(
        "The gradient says of each number how much the loss would rise if that number rose a little; ∂ before a name stands for " +
          "it. It is found by going the same way back, from the scores to the memory to the tables, by the chain rule.",
        equations("∂y_k = p_k − 1 if k came, else p_k", "∂h′ = W_yᵀ ∂y", "∂W_y = ∂y h′ᵀ"),
        "Only what took part can be to blame: of the table that reads, that is the column of what was read, and all else has none.",
        "Whether it is right can be tried: make a number larger and smaller by 0.00001, look at the loss both times, and divide the " +
          "difference by 0.00002. Another program does that here, with twice the digits.",
      );
    },
    redraw() {
      grid.redraw();
      strips.redraw();
    },
  };
}

/** The unit with the largest gradients at its sums. */
function mostMoved({ hidden, sums }: LayerGradients): number {
  const size = (unit: number) => sums.reduce((total, { gradient }) => total + Math.abs(gradient[unit]!), 0);
  return hidden.reduce((best, _, unit) => (size(unit) > size(best) ? unit : best), 0);
}

function row(
  { tensor, index, value, analytic, numeric, relativeError }: CheckedElement,
  picture: LessonPicture,
): HTMLElement {
  const { shape } = picture.parameters.find(({ name }) => name === tensor)!;
  const name = elementName(tensor, shape, index, picture.recipe.layers);
  return element(
    "tr",
    { attributes: { "data-element": `${tensor}:${index}` } },
    element("th", { attributes: { scope: "row" } }, formula(name)),
    ...[signed(value, 4), signed(analytic, 6), signed(numeric, 6), signed(relativeError, 1)].map((text) =>
      element("td", {}, text),
    ),
  );
}
