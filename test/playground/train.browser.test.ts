/** The Train view in Chromium: learns, pauses, resumes after a reload, and says what is wrong with a text. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createTrainer, MIN_CHAR_RNN, parameterHash } from "../../src/index.ts";
import { builtinCorpus } from "../../src/node.ts";
import { describeInChromium, figure, openPlayground, waitForFigure } from "./chromium-page.ts";
import { keptCheckpoint } from "./kept-files.ts";

describeInChromium("the playground, training", (visit) => {
  test("learns the sonnets, pauses, takes one step, and goes on", async () => {
    const { page, complaints } = await openPlayground(visit);
    await page.click("text=Start training");
    expect(await waitForFigure(page, "loss", (loss) => loss < 2.4)).toBeLessThan(2.4);
    await page.click("text=Pause");
    await page.waitForSelector('[data-phase="paused"]');
    const paused = await waitForFigure(page, "step", () => true);
    await page.waitForTimeout(300);
    expect(await figure(page, "step")).toBe(paused);
    await page.click("text=One step");
    await waitForFigure(page, "step", (step) => step === paused + 1);
    await page.click("text=Go on");
    await waitForFigure(page, "step", (step) => step > paused + 100);
    expect(await page.locator(".samples li").count()).toBeGreaterThan(1);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("gives the parameters that Node gives, reloaded in the middle of the run", async () => {
    const { page, complaints } = await openPlayground(visit);
    await page.fill("label:text-is('Steps') + input", "20000");
    await page.fill("label:text-is('Hidden units') + input", "40");
    await page.click("text=Start training");
    await waitForFigure(page, "step", (step) => step > 300);
    await page.click("text=Pause");
    await page.waitForSelector('[data-phase="paused"]');
    await page.waitForTimeout(500);
    await page.reload();
    await page.waitForSelector("text=Here is the run that you left");
    expect(await page.inputValue("label:text-is('Hidden units') + input")).toBe("40");
    await page.click("text=Go on");
    await page.waitForSelector('[data-phase="done"]', { timeout: 60_000 });
    await page.waitForTimeout(500);
    // what the page keeps of it, read by the test as a later visit would read it
    const kept = await keptCheckpoint(page);
    const trainer = await createTrainer(await builtinCorpus("sonnets"), { ...MIN_CHAR_RNN, hiddenSize: 40 });
    for (let i = 0; i < 20_000; i++) trainer.step();
    const { modelFromBytes } = await import("../../src/index.ts");
    const model = await modelFromBytes(kept);
    expect(await parameterHash(model.engine)).toBe(await parameterHash(trainer.model.engine));
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("says in one line what is wrong with a file, and keeps the text that it had", async () => {
    const { page } = await openPlayground(visit);
    await page.waitForSelector("text=94,110 characters");
    const bad: [name: string, content: Buffer, line: RegExp][] = [
      ["empty.txt", Buffer.alloc(0), /empty\.txt: expected a text of at least 100 characters, got none/],
      [
        "photo.txt",
        readFileSync("test/playground/train.browser.test.ts").map((byte) => byte ^ 0x85) as Buffer,
        /photo\.txt/,
      ],
      ["short.txt", Buffer.from("too short"), /short\.txt: expected a text of at least 100 characters, got 9/],
    ];
    for (const [name, content, line] of bad) {
      await page.setInputFiles("#file", { name, mimeType: "text/plain", buffer: Buffer.from(content) });
      await page.waitForFunction((start) => document.querySelector(".notice")?.textContent?.startsWith(start), name);
      expect(await page.textContent(".notice p")).toMatch(line);
      expect(await page.textContent(".text-chooser .note")).toMatch(/94,110/);
    }
    await page.context().close();
  });

  test("says so when the loss has gone far above guessing, and trains on", async () => {
    const { page } = await openPlayground(visit);
    await page.waitForSelector("text=94,110 characters");
    await page.click("text=All settings");
    await page.selectOption("label:text-is('Optimizer') + select", "sgd");
    await page.fill(".recipe-form label:text-is('Learning rate') + input", "10");
    await page.fill(".recipe-form label:text-is('Clip') + input", "");
    await page.click("text=Start training");
    await page.waitForFunction(() =>
      document.querySelector(".notice")?.textContent?.includes("far above that of guessing"),
    );
    expect(await page.getAttribute("body", "data-phase")).toBe("running");
    await page.context().close();
  });

  test("a dropped text becomes the text of the next run", async () => {
    const { page, complaints } = await openPlayground(visit);
    await page.waitForSelector("text=94,110 characters");
    const transfer = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      data.items.add(new File(["abcdefghij\n".repeat(50)], "letters.txt", { type: "text/plain" }));
      return data;
    });
    await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
    await page.waitForSelector("text=letters.txt: 550 characters, 11 different ones.");
    await page.fill("label:text-is('Steps') + input", "1000");
    await page.click("text=Start training");
    await page.waitForSelector('[data-phase="done"]', { timeout: 60_000 });
    expect(await figure(page, "loss")).toBeLessThan(1.2);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
