/** What holds for the whole page: its weight, its width, and that it can be used by keyboard. */

import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { describeInChromium, openPlayground, viewsOf, waitForFigure } from "./chromium-page.ts";

/** Compressed bytes of a cold visit that trains, the corpora apart. */
const MOST_BYTES = 200_000;

describeInChromium("the playground as a whole", (visit) => {
  test("a cold visit that trains takes less than 200 KB, compressed, the corpora apart", async () => {
    const context = await visit.browser.newContext();
    const page = await context.newPage();
    const sizes = new Map<string, number>();
    // of workers too
    context.on("response", async (response) => {
      const { pathname } = new URL(response.url());
      if (response.url().startsWith("http")) sizes.set(pathname, gzipSync(await response.body()).length);
    });
    await page.goto(visit.url);
    await page.waitForSelector("text=94,110 characters");
    await page.click("text=Start training");
    await waitForFigure(page, "step", (step) => step > 10);
    const names = [...sizes.keys()];
    expect(names.some((name) => name.includes("worker"))).toBe(true);
    expect(names.some((name) => name.includes("wasm"))).toBe(true);
    const total = [...sizes].filter(([name]) => !name.includes("/corpora/")).reduce((sum, [, size]) => sum + size, 0);
    console.log(`a cold visit takes ${total} bytes: ${[...sizes].map(([name, size]) => `${name} ${size}`).join(", ")}`);
    expect(total).toBeLessThan(MOST_BYTES);
    await context.close();
  });

  for (const width of [360, 768, 1440]) {
    // side by side: most of it is waiting
    test.concurrent(`nothing sticks out sideways at ${width} pixels`, async () => {
      const { page } = await openPlayground(visit, { width });
      await page.click("text=Start training");
      await waitForFigure(page, "step", (step) => step > 100);
      await page.click("text=Pause");
      for (const view of await viewsOf(page)) {
        await page.click(`[role="tab"]:text-is("${view}")`);
        await page.waitForTimeout(500);
        const wide = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(wide, view).toBeLessThanOrEqual(0);
      }
      await page.context().close();
    });
  }

  test("tabs and the run can be worked by keyboard alone", async () => {
    const { page } = await openPlayground(visit);
    await page.waitForSelector("text=94,110 characters");
    await page.focus("text=Start training");
    await page.keyboard.press("Enter");
    await waitForFigure(page, "step", (step) => step > 100);
    await page.keyboard.press("Space");
    await page.waitForSelector('[data-phase="paused"]');
    await page.focus('[role="tab"][aria-selected="true"]');
    const names = await viewsOf(page);
    await page.keyboard.press("End");
    expect(await page.textContent('[role="tab"][aria-selected="true"]')).toBe(names.at(-1));
    await page.keyboard.press("Home");
    expect(await page.textContent('[role="tab"][aria-selected="true"]')).toBe(names[0]);
    await page.context().close();
  });
});
