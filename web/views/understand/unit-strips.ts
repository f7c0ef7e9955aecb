/**
 * What one layer does in a step, a strip for each quantity and a column for each unit: the same unit stands above itself in all of
 * them. A pointer or the arrow keys choose a unit, whose sums are then written out.
 */

import { element } from "../../dom.ts";
import { boundOf, divergingShades, frameColour, shadeOf } from "./diverging-colours.ts";
import { formula, signed } from "./notation.ts";

export interface Strip {
  /** In the notation of `formula`. */
  readonly symbol: string;
  /** (H) */
  readonly values: Float32Array;
  /** Set apart: what comes out. */
  readonly result?: boolean;
}

export interface StripGroup {
  readonly title: string;
  readonly strips: readonly Strip[];
}

export interface UnitStrips {
  readonly element: HTMLElement;
  /** `writeOut` gives the lines of one unit's sums. */
  draw(groups: readonly StripGroup[], writeOut: (unit: number) => readonly string[], unit: number): void;
  redraw(): void;
}

const HEIGHT = 18;

interface DrawnStrip {
  readonly strip: Strip;
  readonly canvas: HTMLCanvasElement;
  readonly bound: number;
}

/** `title` is for those who do not see it. */
export function createUnitStrips(title: string): UnitStrips {
  const rows = element("div", {
    class: "strips",
    attributes: { tabindex: 0, role: "group" },
    on: {
      pointermove: (event) => follow(event),
      pointerdown: (event) => follow(event),
      keydown: (event) => move(event),
    },
  });
  const sums = element("output", { class: "sums" });
  const made = element("div", {}, rows, sums);
  let drawn: DrawnStrip[] = [];
  let units = 0;
  let chosen = 0;
  let width = 0;
  let writeOut: (unit: number) => readonly string[] = () => [];

  function follow(event: PointerEvent): void {
    const canvas = drawn[0]?.canvas;
    if (canvas === undefined) return;
    const { left, width } = canvas.getBoundingClientRect();
    const unit = Math.floor(((event.clientX - left) / width) * units);
    if (unit >= 0 && unit < units) choose(unit);
  }

  function move(event: KeyboardEvent): void {
    const next = {
      ArrowLeft: Math.max(0, chosen - 1),
      ArrowRight: Math.min(units - 1, chosen + 1),
      Home: 0,
      End: units - 1,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    choose(next);
  }

  function choose(unit: number): void {
    if (unit === chosen) return;
    chosen = unit;
    redraw();
    tell();
  }

  function tell(): void {
    const lines = writeOut(chosen).map((line) => element("div", {}, formula(line)));
    sums.replaceChildren(element("div", { class: "soft" }, `Unit ${chosen} of ${units}, counted from 0:`), ...lines);
  }

  function redraw(): void {
    if (width === 0) return;
    const shades = divergingShades();
    for (const { strip, canvas, bound } of drawn) {
      const ratio = devicePixelRatio;
      canvas.width = Math.round(width * ratio);
      canvas.height = HEIGHT * ratio;
      const context = canvas.getContext("2d")!;
      const cell = canvas.width / units;
      for (let unit = 0; unit < units; unit++) {
        const [r, g, b] = shades.subarray(shadeOf(strip.values[unit]!, bound));
        context.fillStyle = `rgb(${r} ${g} ${b})`;
        // to the next whole pixel, so that no seams show
        const left = Math.floor(unit * cell);
        context.fillRect(left, 0, Math.ceil((unit + 1) * cell) - left, canvas.height);
      }
      context.strokeStyle = frameColour();
      context.lineWidth = 1.5 * ratio;
      const frame = Math.max(cell, 5 * ratio);
      context.strokeRect((chosen + 0.5) * cell - frame / 2, 0, frame, canvas.height);
    }
  }

  // of the first strip, and so of all
  const observer = new ResizeObserver(([entry]) => {
    width = entry!.contentRect.width;
    redraw();
  });
  return {
    element: made,
    draw(groups, write, unit) {
      units = groups[0]!.strips[0]!.values.length;
      chosen = unit;
      writeOut = write;
      drawn = [];
      const parts: HTMLElement[] = [];
      for (const { title: name, strips } of groups) {
        if (name !== "") parts.push(element("div", { class: "strip-title" }, name));
        for (const strip of strips) {
          const bound = boundOf(strip.values);
          const canvas = element("canvas", { attributes: { "aria-hidden": "true" } });
          drawn.push({ strip, canvas, bound });
          parts.push(
            element(
              "div",
              { class: strip.result === true ? "strip-name result" : "strip-name" },
              formula(strip.symbol),
            ),
            canvas,
            element("div", { class: "strip-bound" }, bound === 0 ? "0" : `± ${signed(bound, 2)}`),
          );
        }
      }
      rows.replaceChildren(...parts);
      rows.setAttribute(
        "aria-label",
        `${title}: ${drawn.length} quantities of ${units} units. Left and right arrow keys choose a unit, whose sums follow.`,
      );
      // they are drawn once they are laid out
      observer.disconnect();
      observer.observe(drawn[0]!.canvas);
      tell();
    },
    redraw,
  };
}
