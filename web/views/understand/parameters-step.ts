/** Step 2: all parameters as heat maps. */

import { element } from "../../dom.ts";
import { grouped } from "../../numbers.ts";
import type { LessonPicture } from "../../protocol/understand.ts";
import { createStepFrame, type LessonDesk, type LessonStep, nounOf, tokensOf } from "./lesson-step.ts";
import { createMapGrid } from "./map-grid.ts";
import { notationOf, sizeOf } from "./notation.ts";

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
        element(
          "p",
          {},
          `Its memory is ${grouped(recipe.hiddenSize)} numbers more, which it calls units. They are made anew at every ` +
            `${nounOf(picture)}, by the rules below.${framed(picture)}`,
        ),
      );
    },
    redraw: grid.redraw,
  };
}

function framed(picture: LessonPicture): string {
  return picture.recipe.embeddingSize === 0
    ? ` The framed column of the first map belongs to ${tokensOf(picture).token}.`
    : "";
}
