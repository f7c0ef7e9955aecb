/** The page can be used by everyone, as far as axe can tell. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { describeInChromium, openPlayground, viewsOf, waitForFigure } from "./chromium-page.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Finding {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string }[];
}

async function findings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Finding[] }> } };
    return (await axe.run()).violations;
  });
  return found.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`,
  );
}

describeInChromium("the playground, for everyone", (visit) => {
  for (const colourScheme of ["light", "dark"] as const) {
    // side by side: most of it is waiting
    test.concurrent(`axe finds nothing in any view, ${colourScheme}, before and after training`, async () => {
      const { page } = await openPlayground(visit, { colourScheme });
      await page.waitForSelector("text=94,110 characters");
      for (const trained of [false, true]) {
        if (trained) {
          await page.click("text=Start training");
          await waitForFigure(page, "step", (step) => step > 200);
          await page.click("text=Pause");
          await page.waitForSelector('[data-phase="paused"]');
        }
        for (const view of await viewsOf(page)) {
          await page.click(`[role="tab"]:text-is("${view}")`);
          await page.waitForTimeout(1000);
          expect(await findings(page), `${view}, ${trained ? "trained" : "fresh"}`).toEqual([]);
        }
      }
      await page.context().close();
    });
  }
});
