/**
 * A matrix as a picture, a cell for each value. A pointer or the arrow keys go from value to value, which is then read out in words
 * and figures below the picture.
 */

import { element } from "../../dom.ts";
import { boundOf, divergingShades, frameColour, shadeOf } from "./diverging-colours.ts";
import { followWidth } from "./laid-out-width.ts";
import { signed } from "./notation.ts";

export interface HeatMapData {
  readonly rows: number;
  readonly columns: number;
  /** Row-major. */
  readonly values: Float32Array;
  /** A column that is framed. */
  readonly framedColumn?: number | undefined;
}

export interface HeatMapOptions {
  /** Of what will be drawn, where it is known: its height is kept free, so that nothing moves when it comes. */
  readonly shape?: { readonly rows: number; readonly columns: number };
  /** For those who do not see it: "Gradient of W_hh". */
  readonly title: string;
  /** What a place is called: "unit 3, from unit 12". */
  placeName(row: number, column: number): string;
  /** Called with the place of a value that was clicked, or chosen by Enter. */
  readonly onPick?: (index: number) => void;
}

export interface HeatMap {
  readonly element: HTMLElement;
  draw(data: HeatMapData): void;
  /** In the colours and the width as they are now. */
  redraw(): void;
}

const TALLEST = 300;
const SHORTEST = 60;
/** Of a vector, in a single row. */
const STRIP = 18;
/** Rows or columns that are drawn: of more, the largest of neighbours by size stands for them, lest a single one be lost. */
const MOST_DRAWN = 320;

export function createHeatMap({ title, shape, placeName, onPick }: HeatMapOptions): HeatMap {
  const canvas = element("canvas", {
    attributes: { tabindex: 0, role: "img", "aria-label": title },
    on: {
      pointermove: (event) => point(placeOf(event)),
      pointerleave: () => point(undefined),
      click: (event) => pick(placeOf(event)),
      keydown: (event) => move(event),
      blur: () => point(undefined),
    },
  });
  const low = element("span", {});
  const bar = element("span", { class: "map-scale-bar" });
  const high = element("span", {});
  const readout = element("output", { class: "map-readout" });
  const made = element(
    "div",
    { class: onPick === undefined ? "heat-map" : "heat-map pickable" },
    canvas,
    element("div", { class: "key-line" }, element("span", { class: "map-scale" }, low, bar, high), readout),
  );
  const madeWidth = followWidth(made, paint);
  let data: HeatMapData | undefined;
  let bound = 0;
  let pointed: { row: number; column: number } | undefined;
  /** The picture, a pixel a value. */
  const pixels = document.createElement("canvas");

  function placeOf(event: PointerEvent | MouseEvent): typeof pointed {
    if (data === undefined) return undefined;
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const place = (at: number, size: number, count: number) =>
      Math.max(0, Math.min(count - 1, Math.floor((at / size) * count)));
    return {
      row: place(event.clientY - top, height, data.rows),
      column: place(event.clientX - left, width, data.columns),
    };
  }

  function move(event: KeyboardEvent): void {
    if (data === undefined) return;
    const { rows, columns } = data;
    const { row, column } = pointed ?? { row: 0, column: 0 };
    if (event.key === "Enter" && pointed !== undefined) {
      pick(pointed);
      return;
    }
    const next = {
      ArrowUp: { row: Math.max(0, row - 1), column },
      ArrowDown: { row: Math.min(rows - 1, row + 1), column },
      ArrowLeft: { row, column: Math.max(0, column - 1) },
      ArrowRight: { row, column: Math.min(columns - 1, column + 1) },
      Home: { row, column: 0 },
      End: { row, column: columns - 1 },
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    // the first key shows where one is
    point(pointed === undefined ? { row, column } : next);
  }

  function pick(place: typeof pointed): void {
    if (place !== undefined && data !== undefined) onPick?.(place.row * data.columns + place.column);
  }

  function point(place: typeof pointed): void {
    if (place?.row === pointed?.row && place?.column === pointed?.column) return;
    pointed = place;
    paint();
    tell();
  }

  function tell(): void {
    if (data === undefined || pointed === undefined) {
      readout.textContent = "";
      return;
    }
    const { row, column } = pointed;
    readout.textContent = `${placeName(row, column)}: ${signed(data.values[row * data.columns + column]!, 4)}`;
  }

  function redraw(): void {
    if (data === undefined) return;
    const { rows, columns, values } = pooled(data);
    const shades = divergingShades();
    const image = new ImageData(columns, rows);
    for (let i = 0; i < values.length; i++) {
      const shade = shadeOf(values[i]!, bound);
      for (let c = 0; c < 4; c++) image.data[4 * i + c] = shades[shade + c]!;
    }
    pixels.width = columns;
    pixels.height = rows;
    pixels.getContext("2d")!.putImageData(image, 0, 0);
    paint();
  }

  function paint(): void {
    const width = madeWidth();
    const size = data ?? shape;
    if (size === undefined || width === 0) return;
    const { rows, columns } = size;
    const height = rows === 1 ? STRIP : Math.max(SHORTEST, Math.min(TALLEST, Math.round((width * rows) / columns)));
    canvas.style.height = `${height}px`;
    if (data === undefined) return;
    const { framedColumn } = data;
    const ratio = devicePixelRatio;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const context = canvas.getContext("2d")!;
    // smooth only where several values share a pixel
    context.imageSmoothingEnabled = pixels.width > canvas.width || pixels.height > canvas.height;
    context.drawImage(pixels, 0, 0, canvas.width, canvas.height);
    const cell = { width: canvas.width / columns, height: canvas.height / rows };
    context.strokeStyle = frameColour();
    context.lineWidth = 1.5 * ratio;
    if (framedColumn !== undefined) {
      // around the column, not over it
      const { lineWidth } = context;
      const inside = Math.max(cell.width, 3 * ratio) + lineWidth;
      const left = (framedColumn + 0.5) * cell.width - inside / 2;
      context.strokeRect(left, -lineWidth, inside, canvas.height + 2 * lineWidth);
    }
    if (pointed === undefined) return;
    // cells smaller than a few pixels are framed with some of their neighbours
    const frame = { width: Math.max(cell.width, 6 * ratio), height: Math.max(cell.height, 6 * ratio) };
    context.strokeRect(
      (pointed.column + 0.5) * cell.width - frame.width / 2,
      (pointed.row + 0.5) * cell.height - frame.height / 2,
      frame.width,
      frame.height,
    );
  }

  return {
    element: made,
    draw(next) {
      data = next;
      bound = boundOf(next.values);
      // of squares and the like, half of the colours are of no use
      const oneSided = next.values.every((value) => value >= 0);
      low.textContent = oneSided ? "0" : signed(-bound, 2);
      high.textContent = signed(bound, 2);
      bar.classList.toggle("one-sided", oneSided);
      bar.hidden = bound === 0;
      high.hidden = bound === 0;
      const keys = onPick === undefined ? "Arrow keys go from value to value" : "Arrow keys and Enter choose a value";
      canvas.setAttribute(
        "aria-label",
        `${title}: ${next.rows} by ${next.columns} values, ` +
          `${bound === 0 ? "all zero" : `the largest of size ${signed(bound)}`}. ${keys}.`,
      );
      redraw();
      tell();
    },
    redraw,
  };
}

/** At most MOST_DRAWN rows and columns. */
function pooled(data: HeatMapData): HeatMapData {
  const rows = Math.min(MOST_DRAWN, data.rows);
  const columns = Math.min(MOST_DRAWN, data.columns);
  if (rows === data.rows && columns === data.columns) return data;
  const values = new Float32Array(rows * columns);
  for (let row = 0, i = 0; row < data.rows; row++) {
    const line = Math.floor((row * rows) / data.rows) * columns;
    for (let column = 0; column < data.columns; column++, i++) {
      const at = line + Math.floor((column * columns) / data.columns);
      if (Math.abs(data.values[i]!) > Math.abs(values[at]!)) values[at] = data.values[i]!;
    }
  }
  return { rows, columns, values };
}
