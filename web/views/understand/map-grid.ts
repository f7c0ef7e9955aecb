/** Heat maps side by side, vectors below the matrices; made anew only when there are others to show. */

import { element } from "../../dom.ts";
import type { Page } from "../../page.ts";
import type { LessonPicture } from "../../protocol/understand.ts";
import { createTensorMap, type TensorMap, type TensorMapOptions } from "./tensor-map.ts";

export interface MapGrid {
  readonly element: HTMLElement;
  /** `together` of the matrices' maps follow one another in a row, even where there is little room. */
  update(picture: LessonPicture, maps: readonly TensorMapOptions[], together?: number): void;
  redraw(): void;
}

export function createMapGrid(page: Page): MapGrid {
  const made = element("div", { class: "map-grid" });
  let maps: TensorMap[] = [];
  let shown = "";
  return {
    element: made,
    update(picture, wanted, together = 1) {
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
        made.className = `map-grid by-${together}`;
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
