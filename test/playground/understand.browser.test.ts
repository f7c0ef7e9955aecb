/** The Understand view in Chromium: its numbers are the library's, and training does not feel it. */

import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import {
  createLesson,
  createTrainer,
  type Lesson,
  modelFromBytes,
  modelToBytes,
  parameterHash,
} from "../../src/index.ts";
import { builtinCorpus } from "../../src/node.ts";
import { gradientAccount, unitAccount } from "../../web/views/understand/cell-account.ts";
import { percent, signed } from "../../web/views/understand/notation.ts";
import { describeInChromium, openPlayground, waitForFigure } from "./chromium-page.ts";
import { keptCheckpoint } from "./kept-files.ts";

/** A row of the table of guesses. */
interface Guess {
  readonly token: number;
  readonly cells: readonly string[];
}

async function openLesson(page: Page): Promise<void> {
  await page.click("#tab-understand");
  await page.waitForSelector(".lesson:not([aria-busy]) .lesson-steps:not([hidden])");
}

function guesses(page: Page): Promise<Guess[]> {
  return page.$$eval(".lesson tr[data-token]", (rows) =>
    rows.map((row) => ({
      token: Number((row as HTMLElement).dataset.token),
      cells: [...row.querySelectorAll("td")].map((cell) => cell.textContent ?? ""),
    })),
  );
}

/** Scores and probabilities that are shown are the lesson's. */
async function expectGuesses(page: Page, lesson: Lesson): Promise<void> {
  const { logits, probabilities } = lesson.forward();
  const untrained = lesson.untrainedProbabilities();
  await page.waitForSelector(".lesson:not([aria-busy])");
  const shown = await guesses(page);
  expect(shown.length).toBeGreaterThan(4);
  for (const { token, cells } of shown) {
    expect(cells).toEqual([signed(logits[token]!), percent(probabilities[token]!), percent(untrained[token]!)]);
  }
  const { target } = lesson.pair;
  expect(shown.map(({ token }) => token)).toContain(target);
  const loss = await page.textContent(".lesson-step:nth-child(5) .equations");
  expect(loss).toContain(`ln ${signed(probabilities[target]!, 4)} = ${signed(lesson.backward().loss, 4)}`);
}

/** As formulas are shown: an index is below the line. */
const plain = (line: string) => line.replaceAll("_", "");

describeInChromium("the playground, understanding", (visit) => {
  test("shows every number of a network that is not trained yet as the library has it", async () => {
    const { page, complaints } = await openPlayground(visit);
    await page.waitForSelector("text=94,110 characters");
    await openLesson(page);
    const lesson = await createLesson(await createTrainer(await builtinCorpus("sonnets")));
    await expectGuesses(page, lesson);

    const layer = lesson.forward().layers[0]!;
    const sums = await page.$$eval(".lesson-step:nth-child(3) .sums div", (lines) =>
      lines.map((line) => line.textContent ?? ""),
    );
    const unit = Number(/Unit (\d+)/.exec(sums[0]!)![1]);
    expect(sums.slice(1)).toEqual(unitAccount("rnn", layer, unit).map(plain));
    await page.focus(".strips");
    await page.keyboard.press("End");
    const last = await page.$$eval(".lesson-step:nth-child(3) .sums div", (lines) =>
      lines.map((line) => line.textContent ?? ""),
    );
    expect(last.slice(1)).toEqual(unitAccount("rnn", layer, 99).map(plain));

    // the value of a heat map, by the keyboard
    await page.locator(".lesson-step:nth-child(2) .tensor-map[data-loaded]").first().waitFor();
    const weights = lesson.parameters().find(({ name }) => name === "rnn.weight_hh_l0")!;
    const map = page.locator('.lesson-step:nth-child(2) canvas[aria-label^="W_hh"]');
    await map.focus();
    for (const key of ["ArrowDown", "ArrowDown", "ArrowRight"]) await page.keyboard.press(key);
    expect(await page.textContent(".lesson-step:nth-child(2) .tensor-map:nth-child(2) output")).toBe(
      `unit 1, from unit 1: ${signed(weights.values[101]!, 4)}`,
    );
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("lays every map out before it is drawn, so that nothing moves under the eye", async () => {
    const { page } = await openPlayground(visit);
    await page.waitForSelector("text=94,110 characters");
    await openLesson(page);
    const waiting = page.locator(".map-grid .tensor-map:not([data-loaded])");
    expect(await waiting.count()).toBeGreaterThan(5);
    const height = () => page.evaluate(() => document.documentElement.scrollHeight);
    const before = await height();
    for (let scrolled = 0; scrolled < before; scrolled += 400) {
      await page.mouse.wheel(0, 400);
      await page.waitForTimeout(60);
    }
    await expect.poll(() => waiting.count()).toBe(0);
    expect(await height()).toBe(before);
    await page.context().close();
  });

  test("shows gradients beside central differences, and checks the one that is asked for", async () => {
    const { page, complaints } = await openPlayground(visit);
    await page.waitForSelector("text=94,110 characters");
    await openLesson(page);
    const lesson = await createLesson(await createTrainer(await builtinCorpus("sonnets")));
    const [layer, gradients] = [lesson.forward().layers[0]!, lesson.backward().layers[0]!];
    const back = await page.$$eval(".lesson-step:nth-child(6) .sums div", (lines) =>
      lines.map((line) => line.textContent ?? ""),
    );
    const unit = Number(/Unit (\d+)/.exec(back[0]!)![1]);
    expect(back.slice(1)).toEqual(gradientAccount("rnn", layer, gradients, unit).map(plain));
    const rows = page.locator(".checks tr[data-element]");
    await rows.first().waitFor();
    expect(await rows.count()).toBe(10);
    // the 42nd number of the bias of the scores
    const bias = page.locator('.lesson-step:nth-child(6) canvas[aria-label^="gradient of b_y"]');
    await bias.scrollIntoViewIfNeeded();
    await page.locator(".lesson-step:nth-child(6) .vector[data-loaded]").nth(1).waitFor();
    await bias.focus();
    for (let i = 0; i < 42; i++) await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await page.waitForSelector('.checks tr:first-child[data-element="decoder.bias:41"]');
    const shown = await rows.evaluateAll((elements) =>
      elements.map((row) => ({
        element: (row as HTMLElement).dataset.element!,
        cells: [...row.querySelectorAll("td")].map((cell) => cell.textContent ?? ""),
      })),
    );
    expect(shown.length).toBe(11);
    const elements = shown.map(({ element }) => {
      const [tensor, index] = element.split(":");
      return { tensor: tensor!, index: Number(index) };
    });
    for (const [i, checked] of lesson.checkGradients(elements).entries()) {
      const [value, analytic, numeric] = shown[i]!.cells;
      expect(value).toBe(signed(checked.value, 4));
      expect(analytic).toBe(signed(checked.analytic, 6));
      // another engine's exponential may differ in its last place, which a difference divides by 0.00002
      expect(Math.abs(numberOf(numeric!) - checked.numeric)).toBeLessThan(1e-5 * Math.abs(checked.numeric) + 1e-8);
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("learns a pair a hundred times, as the library does, and starts over", async () => {
    const { page, complaints } = await openPlayground(visit);
    await page.waitForSelector("text=94,110 characters");
    await openLesson(page);
    const lesson = await createLesson(await createTrainer(await builtinCorpus("sonnets")));
    lesson.choose(9);
    await page.click('.lesson-passage [role="radio"]:nth-child(10)');
    await page.waitForSelector('.lesson-passage [role="radio"]:nth-child(10)[aria-checked="true"]');
    await expectGuesses(page, lesson);
    const { probabilities } = lesson.learnTimes(100);
    await page.click("text=Do a hundred such steps");
    await page.waitForSelector(".outcome:has-text('in 100 steps')");
    expect(await page.textContent(".outcome")).toContain(
      `from ${percent(probabilities[0]!)} to ${percent(probabilities[100]!)} in 100 steps`,
    );
    await expectGuesses(page, lesson);
    lesson.startOver();
    await page.click("text=Start over");
    await page.waitForSelector(".outcome:not(:has-text('steps'))");
    await expectGuesses(page, lesson);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("reads a passage of one's own, and says which of its characters it does not know", async () => {
    const { page } = await openPlayground(visit);
    await page.waitForSelector("text=94,110 characters");
    await openLesson(page);
    const lesson = await createLesson(await createTrainer(await builtinCorpus("sonnets")));
    const own = page.locator(".own-passage input");
    await own.fill("Ünknown");
    await own.press("Enter");
    await page.waitForSelector(".notice:has-text('is not in the model')");
    await own.fill("thy sweet");
    await own.press("Enter");
    await page.waitForFunction(() => document.querySelectorAll(".lesson-passage > *").length === 9);
    lesson.read("thy sweet");
    await expectGuesses(page, lesson);
    await page.context().close();
  });

  test("gives a lesson on a loaded model with an embedding, on what it writes itself", async () => {
    const trainer = await createTrainer(await builtinCorpus("sonnets"), {
      cell: "gru",
      hiddenSize: 16,
      embeddingSize: 8,
      optimizer: "adam",
    });
    for (let i = 0; i < 500; i++) trainer.step();
    const bytes = modelToBytes(trainer.model, trainer.steps);
    const { page, complaints } = await openPlayground(visit);
    await openLesson(page);
    expect(await page.textContent(".copy")).toContain("Nothing is trained yet");
    await page.click("#tab-keep");
    await page.setInputFiles("#model-file", { name: "gru.safetensors", mimeType: "", buffer: Buffer.from(bytes) });
    await page.waitForSelector(".run-bar .about:has-text('gru.safetensors')");
    await openLesson(page);
    await page.waitForSelector(".copy:has-text('A copy of the loaded model')");
    const lesson = await createLesson(await modelFromBytes(bytes));
    await expectGuesses(page, lesson);
    const layer = lesson.forward().layers[0]!;
    const sums = await page.$$eval(".lesson-step:nth-child(3) .sums div", (lines) =>
      lines.map((line) => line.textContent ?? ""),
    );
    const unit = Number(/Unit (\d+)/.exec(sums[0]!)![1]);
    expect(sums.slice(1)).toEqual(unitAccount("gru", layer, unit).map(plain));
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("looks at a run of two layers without changing it, during and after", async () => {
    const { page, complaints } = await openPlayground(visit);
    await page.waitForSelector("text=94,110 characters");
    await page.selectOption("label:text-is('Cell') + select", "lstm");
    await page.fill("label:text-is('Hidden units') + input", "24");
    await page.fill("label:text-is('Layers') + input", "2");
    await page.fill("label:text-is('Steps') + input", "6000");
    await page.click("text=Start training");
    await waitForFigure(page, "step", (step) => step > 200);
    await openLesson(page);
    expect(await page.textContent(".copy")).toMatch(/A copy of your network, taken after step [\d,]+/);
    await page.click("text=Do a hundred such steps");
    await page.waitForSelector(".outcome:has-text('in 100 steps')");
    await page.waitForSelector('[data-phase="done"]', { timeout: 100_000 });
    expect(await page.textContent(".copy")).toContain("The run is at step 6,000 by now.");
    await page.click("text=Take a new copy");
    await page.waitForSelector(".copy:has-text('taken after step 6,000.')");

    const recipe = { cell: "lstm", hiddenSize: 24, layers: 2 };
    const trainer = await createTrainer(await builtinCorpus("sonnets"), recipe);
    for (let i = 0; i < 6000; i++) trainer.step();
    const lesson = await createLesson(trainer);
    await expectGuesses(page, lesson);
    const sums = await page.$$eval(".sums", (all) =>
      all.map((lines) => [...lines.querySelectorAll(":scope > div")].map((line) => line.textContent ?? "")),
    );
    for (const [layer, trace] of lesson.forward().layers.entries()) {
      const unit = Number(/Unit (\d+)/.exec(sums[layer]![0]!)![1]);
      expect(sums[layer]!.slice(1)).toEqual(unitAccount("lstm", trace, unit).map(plain));
    }
    await page.waitForTimeout(500);
    const kept = await modelFromBytes(await keptCheckpoint(page));
    expect(await parameterHash(kept.engine)).toBe(await parameterHash(trainer.model.engine));
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

/** Of "−0.0123" or "7 × 10⁻⁸". */
function numberOf(text: string): number {
  const [mantissa, exponent] = text.replace("−", "-").split(" × 10");
  const power = (exponent ?? "⁰")
    .replace("⁻", "-")
    .replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹]/g, (digit) => String("⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(digit)));
  return Number(mantissa) * 10 ** Number(power);
}
