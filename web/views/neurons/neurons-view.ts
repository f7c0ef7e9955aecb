/** What single units do while the model reads a text: the text in a unit's colours, the units that follow something, saturation. */

import type { CellQuantity } from "../../../src/index.ts";
import { button, element, field, select } from "../../dom.ts";
import { grouped, signed, significant } from "../../numbers.ts";
import type { Page, View } from "../../page.ts";
import type { NeuronsLook, PassageSource, UnitChoice } from "../../protocol/neurons.ts";
import type { ModelSummary, Status } from "../../protocol/run.ts";
import { createColouredText } from "../coloured-text.ts";
import { createLooker } from "../looker.ts";
import { spokenToken } from "../tokens.ts";
import { createRankings } from "./rankings.ts";
import { createSaturation } from "./saturation.ts";

export function createNeuronsView(page: Page): View {
  let text = "";
  let wish: UnitChoice = { layer: 0, quantity: "hidden", unit: 0 };
  /** The wish that the look under way is for. */
  let asked = wish;
  let found: NeuronsLook | undefined;
  let passages = 0;
  let modelKey: string | undefined;

  const layer = select([], "0", (value) => choose({ ...wish, layer: Number(value) }));
  const layerField = field("Layer", layer);
  const quantity = select([], "hidden", (value) => choose({ ...wish, quantity: value }));
  const unit = element("input", {
    attributes: { type: "number", min: 0, value: 0, inputmode: "numeric" },
    on: { input: () => unit.value !== "" && unit.validity.valid && choose({ ...wish, unit: Number(unit.value) }) },
  });
  const follow = element("input", {
    attributes: { type: "checkbox", checked: true },
    on: { change: () => looker.follow(follow.checked) },
  });
  const coloured = createColouredText({
    label: "Place in the text",
    describe: (index) => describePlace(index),
    onPlace: showPlace,
  });
  const scale = element("div", { class: "colour-scale" }, element("span", {}), element("i", {}), element("span", {}));
  const readout = element("dl", { class: "place-values" });
  const problem = element("p", { class: "note", attributes: { role: "status" } });
  const when = element("p", { class: "note" });
  const rankings = createRankings((chosen) => choose(chosen));
  const saturation = createSaturation();
  const another = button("Another passage", () => void take({ kind: "corpus", at: passageShare(++passages) }));
  const written = button("Let it write one", () => void take({ kind: "written", seed: ++passages }));
  const own = element("textarea", { attributes: { rows: 4, spellcheck: "false", maxlength: 2000 } });
  const useOwn = button("Look at this", () => {
    text = own.value;
    pasting.open = false;
    looker.now();
  });
  const pasting = element("details", {}, element("summary", {}, "A text of your own"), field("Text", own), useOwn);

  const looker = createLooker(page, {
    look() {
      asked = wish;
      return page.worker.call("lookAtNeurons", { text, ...wish });
    },
    show,
    refused(reason) {
      problem.textContent = reason;
    },
  });

  function choose(chosen: UnitChoice): void {
    wish = chosen;
    looker.now();
  }

  async function take(source: PassageSource): Promise<void> {
    const passage = await page.attempt(page.worker.call("passage", source));
    if (passage === undefined) return;
    text = passage;
    looker.now();
  }

  function show(look: NeuronsLook): void {
    found = look;
    // one that was made meanwhile stands: it is looked at next
    if (wish === asked) wish = look.shown;
    problem.textContent = "";
    showChoices(look);
    coloured.show(look.pieces);
    const { bounds, strengths } = scaled(look);
    coloured.colour(strengths);
    const [low, , high] = scale.children;
    low!.textContent = bounds[0];
    high!.textContent = bounds[1];
    coloured.refresh();
    if (coloured.place !== undefined) showPlace(coloured.place);
    else
      readout.replaceChildren(
        element("div", {}, element("dt", {}, "Point at a place in the text, or use the arrow keys.")),
      );
    rankings.show(look.rankings, look.shown, look.layers);
    saturation.show(look.saturation.filter((one) => one.layer === look.shown.layer));
    when.textContent = look.step === 0 ? "" : `As the model was at step ${grouped(look.step)}.`;
  }

  function showChoices({ layers, units, quantities }: NeuronsLook): void {
    fill(
      layer,
      Array.from({ length: layers }, (_, index) => [String(index), layerName(index, layers)]),
    );
    fill(
      quantity,
      quantities.map(({ name, label }) => [name, quantityTitle({ name, label })]),
    );
    layerField.hidden = layers === 1;
    layer.value = String(wish.layer);
    quantity.value = wish.quantity;
    unit.max = String(units - 1);
    // not under the visitor's hand
    if (document.activeElement !== unit) unit.value = String(wish.unit);
  }

  function describePlace(index: number): string {
    const value = found?.values[found.shown.quantity]?.[index];
    const piece = found?.pieces[index];
    if (value === undefined || piece === undefined) return "";
    return `${spokenToken(piece.text)}: ${signed(value)}`;
  }

  function showPlace(index: number): void {
    if (found === undefined) return;
    const { pieces, values, quantities, shown } = found;
    readout.replaceChildren(
      element(
        "div",
        {},
        element("dt", {}, `${index + 1} of ${pieces.length}`),
        element("dd", {}, spokenToken(pieces[index]!.text)),
      ),
      ...quantities.map(({ name, label }) =>
        element(
          "div",
          { class: name === shown.quantity ? "chosen" : "", title: label },
          element("dt", {}, name),
          element("dd", {}, signed(values[name]![index]!)),
        ),
      ),
    );
  }

  /** Another model has another text, and what it writes where it came without one. */
  function follows(status: Status): void {
    const key = status.model === undefined ? undefined : keyOf(status.model);
    body.hidden = key === undefined;
    none.hidden = key !== undefined;
    another.hidden = status.model?.trainable !== true;
    if (key === modelKey || !looker.visible) return;
    modelKey = key;
    if (status.model === undefined) return;
    void take(status.model.trainable ? { kind: "corpus", at: 0 } : { kind: "written", seed: 1 });
  }
  page.worker.on("status", follows);

  const none = element(
    "p",
    { class: "soft" },
    "There is no model yet. ",
    button("Start one", () => page.show("train")),
  );
  const body = element(
    "div",
    { class: "look" },
    element(
      "section",
      { class: "reading" },
      element("h2", {}, "A text, as one unit sees it"),
      element(
        "p",
        { class: "note" },
        "Each character has the colour of what the unit holds once it has been read: blue is negative or shut, orange positive or open.",
      ),
      element(
        "div",
        { class: "choices" },
        layerField,
        field("Quantity", quantity),
        field("Unit", unit),
        element("label", { class: "check" }, follow, "follow the training"),
      ),
      coloured.element,
      scale,
      readout,
      problem,
      when,
      element("div", { class: "buttons" }, another, written),
      pasting,
    ),
    rankings.element,
    saturation.element,
  );
  return {
    element: element(
      "div",
      { class: "neurons" },
      element(
        "p",
        { class: "lead" },
        "All that the network knows of what it has read is a row of numbers, one a unit. Most units mix many things; " +
          "as it learns, some come to follow one, such as the place in the line, and you can catch them at it.",
      ),
      none,
      body,
    ),
    shown() {
      looker.shown();
      follows(page.status());
      if (text !== "") looker.now();
    },
    hidden: looker.hidden,
  };
}

/** Places all over a text, no two near each other: multiples of the golden ratio. */
function passageShare(number: number): number {
  return (number * 0.618) % 1;
}

/** What tells two models apart for which another text may be wanted. */
function keyOf({ name, recipe, vocabularySize, trainable }: ModelSummary): string {
  return [name, recipe.cell, recipe.layers, recipe.hiddenSize, vocabularySize, trainable].join();
}

function fill(target: HTMLSelectElement, options: readonly (readonly [value: string, text: string])[]): void {
  const told = options.map(([value, text]) => `${value}=${text}`).join();
  if (target.dataset.told === told) return;
  target.dataset.told = told;
  target.replaceChildren(...options.map(([value, text]) => element("option", { attributes: { value } }, text)));
}

function layerName(index: number, layers: number): string {
  if (index === 0) return "1, the first";
  return index === layers - 1 ? `${index + 1}, the last` : String(index + 1);
}

function quantityTitle({ name, label }: Pick<CellQuantity, "name" | "label">): string {
  return name.length === 1 ? `${name}, ${label}` : label;
}

/** Numbers from -1 to 1 for the colours, and what stands at both ends of their scale. */
function scaled({ shown, quantities, values }: NeuronsLook): { strengths: Float32Array; bounds: [string, string] } {
  const { range } = quantities.find(({ name }) => name === shown.quantity)!;
  const row = values[shown.quantity]!;
  if (range === "gate") return { strengths: row.map((value) => 2 * value - 1), bounds: ["0, shut", "1, open"] };
  if (range === "signed") return { strengths: row, bounds: ["−1", "1"] };
  const most = row.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
  return { strengths: row.map((value) => value / most), bounds: [`−${significant(most)}`, significant(most)] };
}
