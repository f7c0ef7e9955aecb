/** Step 7: what the optimizer remembers, and the change that it makes of a gradient. */

import { element } from "../../dom.ts";
import type { LessonPicture } from "../../protocol/understand.ts";
import { createStepFrame, type LessonDesk, type LessonStep } from "./lesson-step.ts";
import { createMapGrid } from "./map-grid.ts";
import { elementName, equations, formula, signed } from "./notation.ts";
import { memoriesInUse, memoryName, optimizerAccount, updateEquations } from "./optimizer-account.ts";
import type { TensorMapOptions } from "./tensor-map.ts";

export function createUpdateStep(desk: LessonDesk): LessonStep {
  const table = element("table", { class: "numbers" });
  const grid = createMapGrid(desk.page);
  const frame = createStepFrame(
    7,
    "A small step downhill",
    element("div", { class: "wide", attributes: { tabindex: 0, role: "group", "aria-label": "Updates" } }, table),
    grid.element,
  );
  return {
    element: frame.element,
    update(picture) {
      const { recipe, learningRate, gradientNorm } = picture;
      const { name, idea } = optimizerAccount(recipe.optimizer);
      table.replaceChildren(head(picture), element("tbody", {}, ...rows(picture)));
      grid.update(picture, maps(picture), memoriesInUse(recipe, picture.memories).length + 1);
      frame.name(picture);
      frame.say(
        `Every number moves a little against its gradient, by a share that is called the learning rate: ${signed(learningRate)} ` +
          `here. ${idea}`,
        equations(...updateEquations(recipe)),
        `This is ${name}. Left of each arrow: what it remembered and what the number was; right of it: after this one step. The ` +
          `gradient of all numbers together is ${signed(gradientNorm)} long.`,
      );
    },
    redraw: grid.redraw,
  };
}

function maps({ parameters, memories, recipe }: LessonPicture): TensorMapOptions[] {
  // the weights: biases are in the table
  const weights = parameters.filter(({ shape }) => shape.length === 2);
  return weights.flatMap((parameter): TensorMapOptions[] => [
    ...memoriesInUse(recipe, memories).map(
      (memory): TensorMapOptions => ({
        parameter,
        kind: { of: "memory", memory },
        caption: (symbol) => `${memoryName(recipe.optimizer, memory).symbol}′ of ${symbol}`,
      }),
    ),
    { parameter, kind: { of: "change" }, caption: (symbol) => `${symbol}′ − ${symbol}` },
  ]);
}

function head({ recipe, memories }: LessonPicture): HTMLElement {
  const symbols = memoriesInUse(recipe, memories).map((memory) => memoryName(recipe.optimizer, memory).symbol);
  const names = ["number", "gradient g", ...symbols.map((symbol) => `${symbol} → ${symbol}′`), "p → p′", "change"];
  return element(
    "thead",
    {},
    element("tr", {}, ...names.map((name) => element("th", { attributes: { scope: "col" } }, name))),
  );
}

function rows({ updates, parameters, recipe, memories }: LessonPicture): HTMLElement[] {
  const used = memoriesInUse(recipe, memories);
  return updates.map(({ tensor, index, gradient, memory, before, after }) => {
    const { shape } = parameters.find(({ name }) => name === tensor)!;
    return element(
      "tr",
      {},
      element("th", { attributes: { scope: "row" } }, formula(elementName(tensor, shape, index, recipe.layers))),
      element("td", {}, signed(gradient)),
      ...memory
        .filter(({ name }) => used.includes(name))
        .map((slot) => element("td", {}, arrow(slot.before, slot.after))),
      element("td", {}, arrow(before, after)),
      element("td", {}, signed(after - before)),
    );
  });
}

/** With as many digits as it takes to see a difference, if there is one. */
function arrow(from: number, to: number): string {
  let digits = 4;
  while (digits < 9 && from !== to && signed(from, digits) === signed(to, digits)) digits++;
  return `${signed(from, digits)} → ${signed(to, digits)}`;
}
