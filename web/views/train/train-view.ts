/** The first view: choose, start, and watch it learn. */

import { element } from "../../dom.ts";
import type { Page, View } from "../../page.ts";
import { createCurves } from "./curves.ts";
import { createLiveControls } from "./live-controls.ts";
import { createSamples } from "./samples.ts";
import { createSetup } from "./setup.ts";
import { createWelcome } from "./welcome.ts";

export function createTrainView(page: Page): View {
  const curves = createCurves(page);
  return {
    element: element(
      "div",
      { class: "train" },
      element("div", { class: "side" }, createLiveControls(page), createSetup(page)),
      createWelcome(),
      element("div", { class: "watch" }, curves.element, createSamples(page)),
    ),
    shown: curves.draw,
  };
}
