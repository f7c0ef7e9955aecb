/** Heat maps side by side, made anew only when there are others to show. */

import { element } from "../../dom.ts";
import type { Page } from "../../page.ts";
import type { LessonPicture } from "../../protocol/understand.ts";
import { createTensorMap, type TensorMap, type TensorMapOptions } from "./tensor-map.ts";

export interface MapGrid {
  readonly element: HTMLElement;
  update(picture: LessonPicture, maps: readonly TensorMapOptions[]): void;
  redraw(): void;
}

export function createMapGrid(page: Page): MapGrid {
  const made = element("div", { class: "map-grid" });
  let maps: TensorMap[] = [];
  let shown = "";
  return {
    element: made,
    update(picture, wanted) {
      const { recipe, tokens } = picture;
      const key = JSON.stringify([
        wanted.map(({ parameter, kind, note }) => [parameter, kind, note]),
        recipe,
        tokens.length,
      ]);
      if (key !== shown) {
        for (const map of maps) map.close();
        maps = wanted.map((options) => createTensorMap(page, options, picture));
        made.replaceChildren(...maps.map((map) => map.element));
        shown = key;
        return;
      }
      for (const map of maps) map.update(picture);
    },
    redraw() {
      for (const map of maps) map.redraw();
    },
  };
}
