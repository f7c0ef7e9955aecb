/** Equations and parameter names as HTML: "W_hh h" with its index below the line. */

import { element } from "../../dom.ts";
import type { ParameterOutline } from "../../protocol/understand.ts";

/** Text in which _word is an index below the line. */
export function formula(text: string): HTMLElement {
  const parts = text.split(/_(\w+)/);
  return element(
    "span",
    { class: "formula" },
    ...parts.map((part, place) => (place % 2 === 1 ? element("sub", {}, part) : part)),
  );
}

/** Equations on lines of their own. */
export function equations(...lines: readonly string[]): HTMLElement {
  return element("div", { class: "equations" }, ...lines.map((line) => element("div", {}, formula(line))));
}

/** A number to so many digits, with a real minus; very small and very large ones with a power of ten. */
export function signed(value: number, digits = 3): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-5 || size >= 1e6) && Number.isFinite(value)) {
    const [mantissa, exponent] = value.toExponential(Math.min(digits, 3) - 1).split("e");
    return `${mantissa} × 10${raised(Number(exponent))}`.replace("-", "−");
  }
  return String(Number(value.toPrecision(digits))).replace("-", "−");
}

/** "⁻⁸" */
function raised(exponent: number): string {
  return String(exponent).replace(/./g, (digit) => (digit === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]!));
}

/** "3.1 %", "0.02 %", "99.97 %" */
export function percent(probability: number): string {
  const value = 100 * probability;
  if (value > 99.995) return "100 %";
  if (value > 99) return `${value.toFixed(2)} %`;
  if (value >= 0.1) return `${value.toFixed(1)} %`;
  return value < 0.001 ? "< 0.001 %" : `${Number(value.toPrecision(1))} %`;
}

/** What a parameter is in the equations, and what it does. */
export interface ParameterNotation {
  readonly symbol: string;
  readonly role: string;
}

/** Of PyTorch's name; `layers` says whether the layer is worth naming. */
export function notationOf(name: string, layers: number): ParameterNotation {
  if (name === "embedding.weight") return { symbol: "E", role: "a row of numbers for each token" };
  if (name === "decoder.weight") return { symbol: "W_y", role: "from the memory to the scores" };
  if (name === "decoder.bias") return { symbol: "b_y", role: "a start for each score" };
  const layer = Number(name.slice(name.lastIndexOf("_l") + 2));
  const where = layers > 1 ? ` of layer ${layer + 1}` : "";
  if (name.includes("weight_ih")) {
    return {
      symbol: "W_ih",
      role: layer === 0 ? `from the input to the memory${where}` : `from the layer below${where}`,
    };
  }
  if (name.includes("weight_hh")) return { symbol: "W_hh", role: `from the old memory to the new${where}` };
  if (name.includes("bias_hn")) return { symbol: "b_hn", role: `a start for the old memory's part${where}` };
  return { symbol: "b", role: `a start for each sum${where}` };
}

/** "100 × 65" */
export function sizeOf({ shape }: Pick<ParameterOutline, "shape">): string {
  return shape.join(" × ");
}

/** Rows and columns of a parameter as it is drawn: a vector is one row. */
export function matrixOf({ shape }: Pick<ParameterOutline, "shape">): { rows: number; columns: number } {
  const [first, second] = shape;
  return second === undefined ? { rows: 1, columns: first! } : { rows: first!, columns: second };
}

/** "layer 2"; nothing where there is but one, or for what belongs to none. */
export function layerName(name: string, layers: number): string {
  if (layers === 1 || !name.startsWith("rnn.")) return "";
  return `layer ${Number(name.slice(name.lastIndexOf("_l") + 2)) + 1}`;
}

/** "W_hh [12, 3]", counted from 0 as programs do. */
export function elementName(name: string, shape: readonly number[], index: number, layers: number): string {
  const { symbol } = notationOf(name, layers);
  const layer = layerName(name, layers);
  const [, columns] = shape;
  const place = columns === undefined ? `${index}` : `${Math.floor(index / columns)}, ${index % columns}`;
  return `${symbol} [${place}]${layer === "" ? "" : ` of ${layer}`}`;
}
