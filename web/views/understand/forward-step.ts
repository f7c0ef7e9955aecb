/** Step 3: from the token and the old memory to the new memory, layer by layer. */

import { element } from "../../dom.ts";
import type { LessonPicture } from "../../protocol/understand.ts";
import { accountOf, stripsOf, unitAccount } from "./cell-account.ts";
import { createStepFrame, type LessonStep, nounOf, shownToken, tokensOf } from "./lesson-step.ts";
import { equations, formula } from "./notation.ts";
import { createUnitStrips, type UnitStrips } from "./unit-strips.ts";

export function createForwardStep(): LessonStep {
  const place = element("div", { class: "layers" });
  const frame = createStepFrame(3, "It reads, and remembers", place);
  let layers: UnitStrips[] = [];

  return {
    element: frame.element,
    update(picture) {
      const { recipe, forward } = picture;
      if (layers.length !== recipe.layers) {
        layers = forward.layers.map((_, layer) => createUnitStrips(`Layer ${layer + 1}`));
        place.replaceChildren(
          ...layers.map((strips, layer) =>
            recipe.layers === 1
              ? strips.element
              : element(
                  "details",
                  { attributes: { open: layer === 0 } },
                  element("summary", {}, `Layer ${layer + 1}`),
                  strips.element,
                ),
          ),
        );
      }
      for (const [layer, trace] of forward.layers.entries()) {
        layers[layer]!.draw(stripsOf(trace), (unit) => unitAccount(recipe.cell, trace, unit), telling(trace.hidden));
      }
      frame.name(picture);
      frame.say(...told(picture));
    },
    redraw() {
      for (const strips of layers) strips.redraw();
    },
  };
}

function told(picture: LessonPicture): (string | HTMLElement)[] {
  const { recipe } = picture;
  const { token } = tokensOf(picture);
  const noun = nounOf(picture);
  const picked =
    recipe.embeddingSize === 0
      ? [
          element(
            "p",
            {},
            formula("W_ih x"),
            " takes no work: x being one-hot, it is the column of ",
            shownToken(token, "read"),
            ".",
          ),
        ]
      : [];
  const added =
    recipe.cell === "mingru"
      ? `The new memory, h′, is made from what is read, x, and from the memory before, h.`
      : `The new memory, h′, is made from what is read, x, and from the memory before, h: each has a table that says how much ` +
        "of it goes into each unit, and what they give is added up.";
  return [
    `${added} That the old memory has a part in the new is all that makes a network recurrent: through it, every ${noun} so far ` +
      "leaves its trace.",
    equations(...accountOf(recipe.cell).equations(recipe)),
    accountOf(recipe.cell).purpose(recipe),
    ...picked,
    recipe.layers > 1
      ? "Each layer has a memory of its own, and what it remembers is what the layer above it reads."
      : "In the picture each unit is a column. Choose one, and its sums are written out below.",
  ];
}

/** A unit whose sums are worth reading: neither at rest nor at its bound. */
function telling(values: Float32Array): number {
  const distance = (unit: number) => Math.abs(Math.abs(values[unit]!) - 0.6);
  return values.reduce((best, _, unit) => (distance(unit) < distance(best) ? unit : best), 0);
}
