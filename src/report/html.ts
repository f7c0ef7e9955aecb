/** Text for HTML and SVG: escaped, and numbers as people read them. */

/** Text that is markup already. */
export class Markup {
  constructor(readonly source: string) {}
}

/** A template for markup: what is put into it is escaped unless it is markup; lists are joined. */
export function html(pieces: TemplateStringsArray, ...values: readonly unknown[]): Markup {
  let source = pieces[0]!;
  for (const [i, value] of values.entries()) source += asMarkup(value) + pieces[i + 1]!;
  return new Markup(source);
}

function asMarkup(value: unknown): string {
  if (value instanceof Markup) return value.source;
  if (Array.isArray(value)) return value.map(asMarkup).join("");
  return escapeHtml(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text with nothing in it that HTML or XML would take for its own; control characters as their pictures (␇). */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!)
    .replace(/[^\P{Cc}\n\t]/gu, controlPicture)
    .replace(/[\p{Cs}\uFFFE\uFFFF]/gu, "\uFFFD");
}

function controlPicture(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 32) return String.fromCharCode(0x2400 + code);
  return code === 127 ? "␡" : "\uFFFD";
}

/** A whole number with its thousands apart: 12,345. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** A measured number in the digits that matter: 1.690, 48.21, 97,077, 0.00213, 3.10 × 10⁻⁹. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (size >= 1e7 || size < 1e-4) return scientific(value, 2);
  if (size >= 1000) return grouped(value);
  if (size >= 100) return value.toFixed(1);
  if (size >= 10) return value.toFixed(2);
  return size >= 0.1 ? value.toFixed(3) : value.toPrecision(3);
}

/** A number that somebody chose, without zeros that say nothing: 0.1, 0.002. */
export function setting(value: number): string {
  return figure(value)
    .replace(/(\.\d*?)0+(?!\d)/, "$1")
    .replace(/\.(?!\d)/, "");
}

/** 3.10 × 10⁻⁹ */
export function scientific(value: number, digits: number): string {
  const [mantissa = "", exponent = "0"] = value.toExponential(digits).split("e");
  return `${mantissa.replace("-", "−")} × ${powerOfTen(Number(exponent))}`;
}

/** 10⁻⁹ */
export function powerOfTen(exponent: number): string {
  const digits = [...String(exponent)].map((digit) => (digit === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]));
  return `10${digits.join("")}`;
}
