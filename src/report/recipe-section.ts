/** Everything that decided the run, as far as the log says. */

import { html, type Markup } from "./html.ts";
import { cut, type Report } from "./page-parts.ts";

export function recipe({ records }: Report): Markup | string {
  const { recipe, preset } = records.run;
  const entries: [string, unknown][] = [
    ...(preset === undefined ? [] : ([["preset", preset]] as [string, unknown][])),
    ...Object.entries(recipe ?? {}).slice(0, 200),
  ];
  if (entries.length === 0) return "";
  const rows = entries.map(
    ([name, value]) => html`<div><dt>${cut(inWords(name))}</dt><dd>${cut(recipeValue(value))}</dd></div>`,
  );
  return html`<section><h2>Recipe</h2><dl class="recipe">${rows}</dl></section>`;
}

/** hiddenSize as "hidden size". */
function inWords(name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** A field's value; one level of an object: "uniform, scale 0.08". */
function recipeValue(value: unknown): string {
  if (value === null) return "none"; // Infinity, in JSON
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "object") return String(value);
  const parts = Object.entries(value).slice(0, 20);
  return parts
    .map(([name, part]) => {
      const text = typeof part === "object" && part !== null ? "…" : String(part);
      return name === "kind" ? text : `${inWords(name)} ${text}`;
    })
    .join(", ");
}
