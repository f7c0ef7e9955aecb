/** Heat maps side by side, vectors below the matrices; made anew only when there are others to show. */

import { element } from "../../dom.ts";
import type { Page } from "../../page.ts";
import type { LessonPicture } from "../../protocol/understand.ts";
import { createTensorMap, type TensorMap, type TensorMapOptions } from "./tensor-map.ts";

export interface MapGrid {
  readonly element: HTMLElement;
  update(picture: LessonPicture, maps: readonly TensorMapOptions[]): void;
  redraw(): void;
}

/** `together` maps stand in one row, even where there is little room. */
export function createMapGrid(page: Page, together = 1): MapGrid {
  const made = element("div", { class: `map-grid by-${together}` });
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
        const [matrices, vectors] = [2, 1].map((rank) =>
          wanted.filter(({ parameter }) => parameter.shape.length === rank),
        );
        maps = [...matrices!, ...vectors!].map((options) => createTensorMap(page, options, picture));
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
