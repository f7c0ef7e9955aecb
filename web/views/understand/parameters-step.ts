/** Step 2: all parameters as heat maps. */

import { element } from "../../dom.ts";
import { grouped } from "../../numbers.ts";
import type { LessonPicture } from "../../protocol/understand.ts";
import { createStepFrame, type LessonDesk, type LessonStep, nounOf, shownToken, tokensOf } from "./lesson-step.ts";
import { createMapGrid } from "./map-grid.ts";
import { formula, notationOf, sizeOf } from "./notation.ts";

export function createParametersStep(desk: LessonDesk): LessonStep {
  const grid = createMapGrid(desk.page);
  const frame = createStepFrame(2, "All that it knows", grid.element);
  return {
    element: frame.element,
    update(picture) {
      const { parameters, recipe } = picture;
      grid.update(
        picture,
        parameters.map((parameter) => ({
          parameter,
          kind: { of: "value" },
          caption: (symbol) => symbol,
          note: `${sizeOf(parameter)}, ${notationOf(parameter.name, recipe.layers).role}`,
        })),
      );
      const total = parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
      frame.say(
        `These ${grouped(total)} numbers are the whole network: blue below zero, orange above, the stronger the further. They ` +
          "start small and random. Whatever it learns of letters, words and lines has to find room in them.",
        `Its memory is ${grouped(recipe.hiddenSize)} numbers more${recipe.layers > 1 ? " for each layer" : ""}, called units. They ` +
          `are made anew at every ${nounOf(picture)}, by the rules below.`,
        ...framed(picture),
      );
    },
    redraw: grid.redraw,
  };
}

function framed(picture: LessonPicture): HTMLElement[] {
  if (picture.recipe.embeddingSize > 0) return [];
  const { token } = tokensOf(picture);
  return [element("p", {}, "The framed column of ", formula("W_ih"), " belongs to ", shownToken(token, "read"), ".")];
}
