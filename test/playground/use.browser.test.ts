/** The Use view in Chromium: what it writes, expects and is surprised by is what the library says. */

import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import {
  type LanguageModel,
  nextTokens,
  sample,
  score,
  scoreTokens,
  surprisingPassages,
  TextReader,
} from "../../src/index.ts";
import { percent, visibleToken } from "../../web/numbers.ts";
import { describeInChromium, figure, openPlayground, waitForFigure } from "./chromium-page.ts";
import { openTrained, type TrainedPage } from "./trained-page.ts";

/** The bars as they are read: sign and share. */
async function bars(page: Page): Promise<(string | null)[][]> {
  return page.$$eval(".expectation li:not([hidden])", (items) =>
    items.map((item) => [item.querySelector(".sign")!.textContent, item.querySelector(".value")!.textContent]),
  );
}

function expectedBars(model: LanguageModel, text: string): string[][] {
  return nextTokens(model, text, 12).map(({ token, probability }) => [visibleToken(token), percent(probability)]);
}

async function setSlider(page: Page, label: string, value: number): Promise<void> {
  await page.locator(`label:text-is('${label}') + input`).evaluate((input, set) => {
    (input as HTMLInputElement).value = String(set);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }, value);
}

describeInChromium("the playground, using a model", (visit) => {
  let opened: TrainedPage;
  beforeAll(async () => {
    opened = await openTrained(visit, { cell: "gru", hiddenSize: 32, layers: 1 }, 1500);
    await opened.page.click("#tab-use");
    await opened.page.waitForSelector(".expectation li");
  }, 180_000);

  test("the bars are the probabilities at the caret, and follow it", async () => {
    const { page, trainer } = opened;
    await setSlider(page, "Temperature", 1);
    await page.fill("#prompt", "That beauty");
    await expect.poll(() => bars(page)).toEqual(expectedBars(trainer.model, "That beauty"));
    await page.focus("#prompt");
    await page.keyboard.press("End");
    await page.keyboard.type("'");
    await expect.poll(() => bars(page)).toEqual(expectedBars(trainer.model, "That beauty'"));
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => bars(page)).toEqual(expectedBars(trainer.model, "That beaut"));
    await page.keyboard.press("Home");
    await expect.poll(() => bars(page)).toEqual(expectedBars(trainer.model, ""));
  });

  test("the bars are at the temperature, and hollow where top-k leaves them out", async () => {
    const { page, trainer } = opened;
    await page.fill("#prompt", "From fairest");
    await setSlider(page, "Temperature", 0.5);
    await page.fill("label:text-is('Top-k') + input", "2");
    const reader = new TextReader(trainer.model);
    reader.feed("From fairest");
    const shares = [...reader.probabilities(0.5)].sort((a, b) => b - a).slice(0, 12);
    await expect.poll(async () => (await bars(page)).map(([, value]) => value)).toEqual(shares.map(percent));
    await expect.poll(() => page.locator(".expectation .hollow").count()).toBe(10);
    await page.fill("label:text-is('Top-k') + input", "0");
    await expect.poll(() => page.locator(".expectation .hollow").count()).toBe(0);
  });

  test("a likely character that is chosen comes into the prompt, and the bars go on from there", async () => {
    const { page, trainer } = opened;
    await setSlider(page, "Temperature", 1);
    await page.fill("#prompt", "sweet lov");
    await expect.poll(() => bars(page)).toEqual(expectedBars(trainer.model, "sweet lov"));
    const [first] = nextTokens(trainer.model, "sweet lov", 1);
    await page.click(".next-button >> nth=0");
    expect(await page.inputValue("#prompt")).toBe(`sweet lov${first!.token}`);
    await expect.poll(() => bars(page)).toEqual(expectedBars(trainer.model, `sweet lov${first!.token}`));
  });

  test("it writes what the library writes, and names what it does not know", async () => {
    const { page, trainer } = opened;
    await page.fill("#prompt", "O! thou é");
    await setSlider(page, "Temperature", 0.7);
    await setSlider(page, "Top-p", 0.9);
    await page.fill("label:text-is('Top-k') + input", "20");
    await page.fill("label:text-is('Length') + input", "200");
    for (const seed of [1, 2]) {
      await page.getByRole("button", { name: "Write on", exact: true }).click();
      await page.waitForSelector(`text=Written with seed ${seed}:`);
      const options = { prime: "O! thou ", length: 200, temperature: 0.7, topP: 0.9, topK: 20, seed };
      expect(await page.textContent(".written")).toBe(`O! thou é${sample(trainer.model, options)}`);
      expect(await page.textContent(".writing > .note")).toContain("“é”");
    }
  });

  test("surprise, score and passages are the library's", async () => {
    const { page, trainer } = opened;
    const { model } = trainer;
    const text = "When I do count the clock that tells the time,\nxylophones jump quickly over fjords";
    await page.fill(".surprise textarea", text);
    await page.waitForSelector(".surprise .coloured-text:has-text('xylophones')");
    const { bitsPerToken, perplexity } = score(model, text);
    expect(await page.textContent(".headline")).toBe(
      `${bitsPerToken.toFixed(2)} bits a character: as if it chose each time among ${perplexity.toFixed(1)} equally likely ones.`,
    );
    expect(await page.textContent(".surprise .coloured-text")).toBe(text.replaceAll("\n", "↵\n"));
    const nats = [...scoreTokens(model, text)].map((token) => token.nats);
    const shades = nats.map((value) => Math.round(Math.min(1, Math.fround(value / Math.LN2) / 8) * 40) * 2.5);
    const colours = await page.$$eval(".surprise .coloured-text span", (spans) =>
      spans.map((span) => Number(/([\d.]+)%/.exec((span as HTMLElement).style.backgroundColor)?.[1] ?? 0)),
    );
    expect(colours).toEqual(shades);
    const passages = await page.$$eval(".passages li", (items) => items.map((item) => item.textContent));
    const expected = surprisingPassages(nats).map(({ start, end, natsPerToken }) => {
      const passage = text
        .slice(start + 1, end + 1)
        .trim()
        .replaceAll("\n", "↵");
      return `…${passage}…${(natsPerToken / Math.LN2).toFixed(1)} bits a character`;
    });
    expect(passages).toEqual(expected);
    expect(expected.length).toBeGreaterThan(0);
    await page.click(".passages button >> nth=0");
    const { start, end } = surprisingPassages(nats)[0]!;
    const marked = await page.$$eval(".surprise .marked", (spans) => spans.map((span) => span.textContent).join(""));
    expect(marked).toBe(text.slice(start + 1, end + 1).replaceAll("\n", "↵\n"));
  });

  test("a text in which there is nothing to score is said to be so, and the next one is read", async () => {
    const { page } = opened;
    await page.fill(".surprise textarea", "a");
    await page.waitForSelector("text=text: expected at least 2 characters, got 1");
    await page.fill(".surprise textarea", "a rose");
    await page.waitForSelector(".headline:has-text('bits a character')");
  });

  test("nothing of this has left a complaint behind", () => expect(opened.complaints).toEqual([]));

  test("it writes while it trains, and the training goes on after it", async () => {
    const { page, complaints } = await openPlayground(visit);
    await page.click("text=Start training");
    await waitForFigure(page, "step", (step) => step > 100);
    await page.click("#tab-use");
    await page.waitForSelector(".expectation li");
    await page.getByRole("button", { name: "Write on", exact: true }).click();
    await page.waitForSelector("text=Written with seed 1:");
    expect((await page.textContent(".written"))!.length).toBeGreaterThan(250);
    const step = (await figure(page, "step"))!;
    await waitForFigure(page, "step", (later) => later > step + 100);
    const before = await page.textContent(".headline");
    await expect.poll(() => page.textContent(".headline"), { timeout: 15_000 }).not.toBe(before);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
