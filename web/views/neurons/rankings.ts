/** The units that follow each property of the text most closely; a click colours the text by one. */

import { type PropertyRanking, type RankedUnit, TEXT_PROPERTIES, type TextProperty } from "../../../src/index.ts";
import { element } from "../../dom.ts";
import { signed } from "../../numbers.ts";
import type { UnitChoice } from "../../protocol/neurons.ts";

export interface Rankings {
  readonly element: HTMLElement;
  show(rankings: readonly PropertyRanking[], shown: UnitChoice, layers: number): void;
}

/** A property whose characters are fewer is said to be rare. */
const FEW = 8;

/** A row for a property: its best unit, and more behind a summary. What changes is changed in place, under a visitor's hand. */
interface Row {
  readonly element: HTMLElement;
  show(ranking: PropertyRanking, shown: UnitChoice, layers: number): void;
}

export function createRankings(onChoose: (unit: UnitChoice) => void): Rankings {
  const rows = new Map<TextProperty, Row>();
  const list = element("ol", {});
  const absent = element("p", { class: "note" });
  return {
    element: element(
      "section",
      { class: "rankings" },
      element("h2", {}, "Units that follow something"),
      element(
        "p",
        { class: "note" },
        "How closely a unit moves with a property of this text, from 0 for not at all to 1 for exactly: the correlation over all characters, negative where it does the opposite.",
      ),
      list,
      absent,
    ),
    show(rankings, shown, layers) {
      list.classList.toggle("layered", layers > 1);
      const missing = rankings
        .filter(({ support }) => support === 0)
        .map(({ property }) => TEXT_PROPERTIES[property].label);
      absent.textContent = missing.length === 0 ? "" : `Not in this text: ${missing.join(", ")}.`;
      for (const ranking of rankings) {
        let row = rows.get(ranking.property);
        if (row === undefined) {
          row = createRow(ranking.property, onChoose);
          rows.set(ranking.property, row);
          list.append(row.element);
        }
        row.show(ranking, shown, layers);
      }
    },
  };
}

function createRow(property: TextProperty, onChoose: (unit: UnitChoice) => void): Row {
  const title = TEXT_PROPERTIES[property].label;
  const note = element("span", { class: "note" });
  const best = createUnitButton(title, onChoose);
  const others: UnitButton[] = [];
  const list = element("div", { class: "others" });
  const more = element(
    "details",
    {},
    element("summary", { attributes: { "aria-label": `More units for ${title}` } }, "more"),
    list,
  );
  const made = element("li", {}, element("h3", {}, title, " ", note), best.element, more);
  return {
    element: made,
    show({ units, support }, shown, layers) {
      made.hidden = support === 0;
      if (support === 0) return;
      best.element.hidden = units.length === 0;
      more.hidden = units.length < 2;
      note.textContent = noteOf(support, units.length === 0);
      if (units[0] !== undefined) best.show(units[0], shown, layers);
      while (others.length < units.length - 1) {
        const made = createUnitButton(title, onChoose);
        others.push(made);
        list.append(made.element);
      }
      for (const [index, other] of others.entries()) {
        const unit = units[index + 1];
        other.element.hidden = unit === undefined;
        if (unit !== undefined) other.show(unit, shown, layers);
      }
    },
  };
}

function noteOf(support: number, none: boolean): string {
  if (none) return "everywhere in this text";
  if (support >= FEW) return "";
  return support === 1 ? "only once here" : `only ${support} times here`;
}

interface UnitButton {
  readonly element: HTMLButtonElement;
  show(unit: RankedUnit, shown: UnitChoice, layers: number): void;
}

function createUnitButton(title: string, onChoose: (unit: UnitChoice) => void): UnitButton {
  let current: RankedUnit | undefined;
  const name = element("span", { class: "unit" });
  const fill = element("i", {});
  const bar = element("span", { class: "meter", attributes: { "aria-hidden": "true" } }, fill);
  const value = element("span", { class: "value" });
  const made = element(
    "button",
    {
      class: "unit-button",
      attributes: { type: "button" },
      on: { click: () => current !== undefined && onChoose(current) },
    },
    name,
    bar,
    value,
    element("span", { class: "visually-hidden" }, `correlation with ${title}`),
  );
  return {
    element: made,
    show(unit, shown, layers) {
      current = unit;
      const { layer, quantity, correlation } = unit;
      name.textContent = `${quantity} ${unit.unit}${layers > 1 ? `, layer ${layer + 1}` : ""}`;
      value.textContent = signed(correlation);
      fill.style.width = `${Math.abs(correlation) * 100}%`;
      fill.className = correlation < 0 ? "negative" : "positive";
      const chosen = shown.layer === layer && shown.quantity === quantity && shown.unit === unit.unit;
      made.setAttribute("aria-pressed", String(chosen));
    },
  };
}
