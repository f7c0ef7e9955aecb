/**
 * The heat map of a parameter, or of something that it has one of for each element. Values are asked of the worker once the map
 * comes near the eye, and again after each change of the lesson.
 */

import { element } from "../../dom.ts";
import { visibleToken } from "../../numbers.ts";
import type { Page } from "../../page.ts";
import type { LessonPicture, MapKind, ParameterOutline } from "../../protocol/understand.ts";
import { createHeatMap } from "./heat-map.ts";
import { formula, layerName, matrixOf, notationOf } from "./notation.ts";

export interface TensorMapOptions {
  readonly parameter: ParameterOutline;
  readonly kind: MapKind;
  /** Above the map: "gradient". */
  readonly caption: (symbol: string) => string;
  readonly note?: string;
  readonly onPick?: (index: number) => void;
}

export interface TensorMap {
  readonly element: HTMLElement;
  update(picture: LessonPicture): void;
  redraw(): void;
  /** It will not be shown any more. */
  close(): void;
}

export function createTensorMap(page: Page, options: TensorMapOptions, picture: LessonPicture): TensorMap {
  const { parameter, kind, caption, note, onPick } = options;
  const { layers } = picture.recipe;
  const { symbol } = notationOf(parameter.name, layers);
  let shown = picture;
  const map = createHeatMap({
    title: `${caption(symbol)} ${layerName(parameter.name, layers)}`.trim(),
    shape: matrixOf(parameter),
    placeName: (row, column) => placeName(parameter, row, column, shown),
    ...(onPick === undefined ? {} : { onPick }),
  });
  const about = note ?? layerName(parameter.name, layers);
  const made = element(
    "figure",
    { class: parameter.shape.length === 1 ? "tensor-map vector" : "tensor-map" },
    element("figcaption", {}, formula(caption(symbol)), about !== "" && element("span", { class: "note" }, about)),
    map.element,
  );
  let stale = true;
  let inSight = false;
  /** Whether it has the colours of another theme. */
  let pale = false;
  const observer = new IntersectionObserver(
    ([entry]) => {
      inSight = entry!.isIntersecting;
      if (!inSight) return;
      if (stale) void load();
      else if (pale) redraw();
    },
    { rootMargin: "300px" },
  );
  observer.observe(made);

  function redraw(): void {
    pale = !inSight;
    if (inSight) map.redraw();
  }

  async function load(): Promise<void> {
    stale = false;
    pale = false;
    const asked = shown;
    const values = await page.attempt(page.worker.call("lessonMap", { name: parameter.name, kind }));
    // another change may have come meanwhile, and asked again
    if (values === undefined || asked !== shown) return;
    const oneHot = parameter.name === "rnn.weight_ih_l0" && asked.recipe.embeddingSize === 0;
    map.draw({ ...matrixOf(parameter), values, framedColumn: oneHot ? asked.pair.token : undefined });
    made.dataset.loaded = "";
  }

  return {
    element: made,
    update(next) {
      shown = next;
      stale = true;
      if (inSight) void load();
    },
    redraw,
    close: () => observer.disconnect(),
  };
}

/** What stands at a row and a column: units, gates and tokens by name. */
function placeName({ name, shape }: ParameterOutline, row: number, column: number, picture: LessonPicture): string {
  const { hiddenSize, embeddingSize } = picture.recipe;
  const token = (index: number) => visibleToken(picture.tokens[index]!);
  const gates = picture.forward.layers[0]!.gates;
  const unit = (index: number) =>
    gates.length === 1 || name.includes("bias_hn")
      ? `unit ${index % hiddenSize}`
      : `${gates[Math.floor(index / hiddenSize)]!.name} of unit ${index % hiddenSize}`;
  if (name === "decoder.bias") return `score of ${token(column)}`;
  if (name === "decoder.weight") return `score of ${token(row)}, from unit ${column}`;
  if (name === "embedding.weight") return `${token(row)}, number ${column}`;
  if (shape.length === 1) return unit(column);
  if (name.includes("weight_hh")) return `${unit(row)}, from unit ${column}`;
  if (!name.endsWith("_l0")) return `${unit(row)}, from unit ${column} below`;
  return `${unit(row)}, from ${embeddingSize === 0 ? token(column) : `number ${column}`}`;
}
