/** Values as colours: blue below zero, the paper's own at zero, orange above. */

import { colour, onColoursChange } from "../../theme.ts";

/** Below 1, so that small values differ from none; the legend in understand.css is made with the same. */
const POWER = 0.6;
const SHADES = 128;

/** Colours of values from -1 to 1: shade 0 to 2 · SHADES, four bytes each. */
export type Shades = Uint8ClampedArray;

let made: Shades | undefined;
let frame: string | undefined;
// before any picture that is drawn anew asks for them
onColoursChange(() => {
  made = undefined;
  frame = undefined;
});

/** In the colours of the theme as it is now. */
export function divergingShades(): Shades {
  made ??= makeShades();
  return made;
}

/** Of frames around values, likewise. */
export function frameColour(): string {
  frame ??= colour("--ink");
  return frame;
}

function makeShades(): Shades {
  const [low, middle, high] = ["--negative", "--raised", "--positive"].map((name) => channels(colour(name)));
  const shades = new Uint8ClampedArray(4 * (2 * SHADES + 1));
  for (let shade = -SHADES; shade <= SHADES; shade++) {
    const end = shade < 0 ? low! : high!;
    const share = (Math.abs(shade) / SHADES) ** POWER;
    const at = 4 * (shade + SHADES);
    for (let c = 0; c < 3; c++) shades[at + c] = middle![c]! + share * (end[c]! - middle![c]!);
    shades[at + 3] = 255;
  }
  return shades;
}

/** Where in `shades` the colour of value / bound begins; what is no number has the middle's. */
export function shadeOf(value: number, bound: number): number {
  const share = bound === 0 || Number.isNaN(value) ? 0 : Math.max(-1, Math.min(1, value / bound));
  return 4 * (Math.round(share * SHADES) + SHADES);
}

/** The largest size among values. */
export function boundOf(values: ArrayLike<number>): number {
  let bound = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (size > bound) bound = size;
  }
  return bound;
}

/** "rgb(0, 114, 178)" → [0, 114, 178] */
function channels(text: string): number[] {
  return (text.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
}
