/** The Neurons view in Chromium: its numbers are the library's, during training and of a loaded model, by pointer and by keyboard. */

import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { modelToBytes, rankUnits, readActivations, saturation, TEXT_PROPERTIES } from "../../src/index.ts";
import { signed } from "../../web/numbers.ts";
import { spokenToken } from "../../web/views/tokens.ts";
import { randomModel, rewrite } from "../inspect/planted.ts";
import { describeInChromium, figure, openPlayground, waitForFigure } from "./chromium-page.ts";
import { openTrained } from "./trained-page.ts";

const COLOURED = ".neurons .coloured-text";

/** Of a place in the text, the values that are shown, by the quantity's name. */
async function shownValues(page: Page): Promise<Record<string, string>> {
  const pairs = await page.$$eval(".neurons .place-values div", (items) =>
    items
      .slice(1)
      .map((item) => [item.querySelector("dt")!.textContent, item.querySelector("dd")!.textContent] as const),
  );
  return Object.fromEntries(pairs);
}

/** Each property's best unit as its button names it: [property, unit, correlation]. */
async function shownRankings(page: Page): Promise<(string | null)[][]> {
  return page.$$eval(".rankings li:not([hidden])", (rows) =>
    rows.map((row) => [
      row.querySelector("h3")!.firstChild!.textContent,
      row.querySelector(".unit")!.textContent,
      row.querySelector(".value")!.textContent,
    ]),
  );
}

/** Of the sonnets, the whole lines among the first 600 characters. */
function firstPassage(text: string): string {
  return text.slice(0, text.lastIndexOf("\n", 600));
}

async function openView(page: Page): Promise<void> {
  await page.click("#tab-neurons");
  await page.waitForSelector(`${COLOURED} span`);
}

/** Sets fields by their labels, faster than the worker answers: the first one's look was seen to undo the others. */
async function chooseAtOnce(page: Page, choices: Readonly<Record<string, string>>): Promise<void> {
  await page.$$eval(
    "#panel-neurons label",
    (labels, wanted) => {
      for (const label of labels as HTMLLabelElement[]) {
        const value = wanted[label.textContent ?? ""];
        if (value === undefined) continue;
        const control = label.control as HTMLInputElement | HTMLSelectElement;
        control.value = value;
        control.dispatchEvent(new Event(control.localName === "select" ? "change" : "input", { bubbles: true }));
      }
    },
    choices,
  );
}

describeInChromium("the playground, neurons", (visit) => {
  test("colours, values, rankings and saturation are the library's", async () => {
    const sizes = { cell: "lstm", hiddenSize: 24, layers: 2 };
    const { page, complaints, trainer, text } = await openTrained(visit, sizes, 300);
    const passage = firstPassage(text);
    const activations = readActivations(trainer.model, passage);
    const forget = activations.layers[1]!.f!.filter((_, i) => i % 24 === 7);
    await openView(page);
    expect(await page.textContent(COLOURED)).toBe(passage.replaceAll("\n", "↵\n"));
    await chooseAtOnce(page, { Layer: "1", Quantity: "f", Unit: "7" });
    await page.waitForSelector(".colour-scale:has-text('0, shut')");

    // a gate is blue where it is shut and orange where it is open, in 40 shades
    const shades = [...forget].map((value) => Math.round((2 * value - 1) * 40));
    await page.waitForFunction(
      ([selector, first]) => (document.querySelector(selector!) as HTMLElement).style.backgroundColor.includes(first!),
      [`${COLOURED} span`, `${Math.abs(shades[0]!) * 2.5}%`],
    );
    const colours = await page.$$eval(`${COLOURED} span`, (spans) =>
      spans.map((span) => (span as HTMLElement).style.backgroundColor),
    );
    const expected = shades.map((shade) =>
      shade === 0
        ? ""
        : `color-mix(in srgb, var(--${shade < 0 ? "negative" : "positive"}-ground) ${Math.abs(shade) * 2.5}%, transparent)`,
    );
    expect(colours).toEqual(expected);

    await page.focus(COLOURED);
    await page.keyboard.press("End");
    const last = passage.length - 1;
    const valuesAt = (token: number) =>
      Object.fromEntries(
        Object.entries(activations.layers[1]!).map(([name, values]) => [name, signed(values[token * 24 + 7]!)]),
      );
    expect(await shownValues(page)).toEqual(valuesAt(last));
    expect(await page.getAttribute(COLOURED, "aria-valuetext")).toBe(
      `${spokenToken(passage[last]!)}: ${signed(forget[last]!)}`,
    );
    await page.hover(`${COLOURED} span:nth-child(30)`);
    expect(await shownValues(page)).toEqual(valuesAt(29));

    const rankings = rankUnits(activations, { quantities: ["hidden", "cell"] }).filter(({ support }) => support > 0);
    expect(await shownRankings(page)).toEqual(
      rankings.map(({ property, units: [best] }) => [
        TEXT_PROPERTIES[property].label,
        `${best!.quantity} ${best!.unit}, layer ${best!.layer + 1}`,
        signed(best!.correlation),
      ]),
    );

    const notes = await page.$$eval(".histograms .note", (all) => all.map((one) => one.textContent));
    const share = (values: Float32Array) => `${Math.round((100 * values.reduce((a, b) => a + b)) / values.length)} %`;
    const saturated = saturation(activations).filter(({ layer }) => layer === 1);
    expect(notes).toHaveLength(saturated.length);
    for (const [index, { quantity, low, high, histogram }] of saturated.entries()) {
      const [below, above] = quantity.range === "gate" ? ["below 0.1", "above 0.9"] : ["below −0.9", "above 0.9"];
      expect(notes[index], quantity.name).toContain(`${share(low)} ${below}, ${share(high)} ${above}; `);
      const bars = await page.$$eval(`.histograms figure:nth-child(${index + 1}) rect`, (all) =>
        all.map((bar) => Number(bar.getAttribute("height"))),
      );
      const most = Math.max(...histogram);
      for (const [bin, count] of histogram.entries()) expect(bars[bin]).toBeCloseTo((64 * count) / most, 6);
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("a unit of a ranking colours the text at a click, and its gates are there to choose", async () => {
    const sizes = { cell: "gru", hiddenSize: 16, layers: 1 };
    const { page, complaints, trainer, text } = await openTrained(visit, sizes, 200);
    const activations = readActivations(trainer.model, firstPassage(text));
    await openView(page);
    const [ranking] = rankUnits(activations, { properties: ["spaces"], quantities: ["hidden"] });
    const row = page.locator(".rankings li:not([hidden])", { hasText: "white space" });
    await row.locator("summary").click();
    const third = ranking!.units[2]!;
    await row.locator(".unit-button").nth(2).click();
    await page.waitForFunction(
      ([unit]) =>
        [...document.querySelectorAll(".rankings [aria-pressed=true] .unit")].some((one) => one.textContent === unit),
      [`hidden ${third.unit}`],
    );
    expect(await page.inputValue("label:text-is('Unit') + input")).toBe(String(third.unit));
    expect(
      await page.$$eval("label:text-is('Quantity') + select option", (all) => all.map((one) => one.textContent)),
    ).toEqual(["hidden state", "r, reset gate", "z, update gate", "n, candidate"]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("follows the training as it goes on, until it is told not to", async () => {
    const { page, complaints } = await openPlayground(visit);
    await page.click("text=Start training");
    await waitForFigure(page, "step", (step) => step > 50);
    await openView(page);
    const seen = new Set<string>();
    const looks = page.locator(".reading .note", { hasText: "As the model was at step" });
    for (const end = Date.now() + 20_000; Date.now() < end && seen.size < 4; await page.waitForTimeout(50)) {
      seen.add((await looks.textContent()) ?? "");
    }
    expect([...seen], "steps at which it looked").toHaveLength(4);
    await page.uncheck("text=follow the training");
    await page.waitForTimeout(600);
    const frozen = await looks.textContent();
    const step = (await figure(page, "step"))!;
    await waitForFigure(page, "step", (later) => later > step + 100);
    expect(await looks.textContent()).toBe(frozen);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("finds a unit that was planted in a loaded model, in a text of one's own", async () => {
    const text = "When Stella’s eyes were Bright\nO “Muse” said I\n";
    const planted = await randomModel(text, { activation: "relu", hiddenSize: 12 });
    for (const [name, value] of [
      ["rnn.weight_hh_l0", () => 0],
      ["rnn.weight_ih_l0", (token: number) => (/[A-Z]/.test(planted.vocabulary.tokens[token]!) ? 1 : 0)],
    ] as const) {
      rewrite(planted, name, (at) => {
        const columns = name.includes("hh") ? 12 : planted.vocabulary.size;
        for (let column = 0; column < columns; column++) at(5, column).set(value(column));
      });
    }
    const { page, complaints } = await openPlayground(visit);
    await page.evaluate(
      (bytes) => {
        const file = new File([Uint8Array.from(bytes)], "planted.safetensors");
        document.dispatchEvent(new CustomEvent("charloom-model", { detail: file }));
      },
      Array.from(modelToBytes(planted, 0)),
    );
    await page.waitForSelector(".about:has-text('planted.safetensors')");
    await openView(page);
    await page.click("text=A text of your own");
    await page.fill("label:text-is('Text') + textarea >> visible=true", `${text}No 7é`);
    await page.click("text=Look at this");
    await page.waitForSelector(`${COLOURED}:has-text('No')`);
    const rankings = await shownRankings(page);
    expect(rankings.find(([property]) => property === "capitals")).toEqual(["capitals", "hidden 5", "1.00"]);
    // characters that the model does not know stand there without a colour
    expect(await page.textContent(COLOURED)).toContain("No ");
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("arrow keys go through the text by characters and lines, and the page stays where it is", async () => {
    const sizes = { cell: "rnn", hiddenSize: 8, layers: 1 };
    const { page, trainer, text } = await openTrained(visit, sizes, 20);
    await openView(page);
    const { layers } = readActivations(trainer.model, firstPassage(text));
    const said = (token: number, spoken = `“${text[token]}”`) => `${spoken}: ${signed(layers[0]!.hidden![token * 8]!)}`;
    const told = () => page.getAttribute(COLOURED, "aria-valuetext");
    await page.focus(COLOURED);
    expect(await told()).toBe(said(0));
    await page.keyboard.press("ArrowRight");
    expect(await told()).toBe(said(1));
    await page.keyboard.press("ArrowDown");
    const below = text.indexOf("\n") + 2;
    expect(await told()).toBe(said(below));
    await page.keyboard.press("ArrowUp");
    expect(await told()).toBe(said(1));
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    expect(await told(), "nothing comes before the first").toBe(said(0));
    expect(await page.getAttribute(COLOURED, "aria-valuenow")).toBe("1");
    for (let i = 0; i < text.indexOf("\n"); i++) await page.keyboard.press("ArrowRight");
    expect(await told()).toBe(said(text.indexOf("\n"), "line break"));
    await page.context().close();
  });
});
