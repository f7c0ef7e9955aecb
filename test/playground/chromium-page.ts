/** The playground in Chromium: fresh visits to it, and what its run bar shows. */

import { type Browser, type Page, chromium as playwright } from "playwright-core";
import { afterAll, beforeAll, describe } from "vitest";
import type { StaticServer } from "../../src/cli/static-server.ts";
import { CHROMIUM_ARGUMENTS, chromium } from "../browser/chromium.ts";
import { servePlayground } from "./playground.ts";

/** A Chromium and the playground's address for it, both there as soon as tests run. */
export interface Visit {
  readonly browser: Browser;
  readonly url: string;
}

/** Tests of the playground in Chromium: serves it and opens the browser for all of them, and closes both; skipped without a Chromium. */
export function describeInChromium(name: string, tests: (visit: Visit) => void): void {
  describe.skipIf(chromium.path === undefined)(name, () => {
    let server: StaticServer | undefined;
    let browser: Browser | undefined;
    beforeAll(async () => {
      server = await servePlayground();
      browser = await playwright.launch({ executablePath: chromium.path!, args: CHROMIUM_ARGUMENTS });
    }, 120_000);
    afterAll(async () => {
      await browser?.close();
      server?.close();
    });
    tests({
      get browser() {
        return browser!;
      },
      get url() {
        return server!.url;
      },
    });
  });
}

export interface PlaygroundPage {
  readonly page: Page;
  /** Errors and warnings of the page so far: none is expected. */
  readonly complaints: readonly string[];
}

export interface PageSettings {
  /** The playground's unless another one, as of a link to a run, is given. */
  readonly url?: string;
  readonly width?: number;
  readonly colourScheme?: "light" | "dark";
}

/** A fresh visitor's page: nothing was kept from another one. */
export async function openPlayground(visit: Visit, settings: PageSettings = {}): Promise<PlaygroundPage> {
  const { url = visit.url, width = 1280, colourScheme = "light" } = settings;
  const context = await visit.browser.newContext({ viewport: { width, height: 900 }, colorScheme: colourScheme });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  await page.goto(url);
  await page.waitForSelector(".run-bar");
  return { page, complaints };
}

/** The names of the page's views, as its tabs have them. */
export async function viewsOf(page: Page): Promise<string[]> {
  return page.$$eval('[role="tab"]', (tabs) => tabs.map((tab) => tab.textContent ?? ""));
}

/** Waits until the run bar's figure of a name, "loss" for one, passes. */
export async function waitForFigure(page: Page, name: string, passes: (value: number) => boolean): Promise<number> {
  for (const end = Date.now() + 60_000; Date.now() < end; await page.waitForTimeout(100)) {
    const value = await figure(page, name);
    if (value !== undefined && passes(value)) return value;
  }
  throw new Error(`the figure "${name}" did not pass within a minute; it is ${await figure(page, name)}`);
}

/** A figure of the run bar, without its thousands' commas. */
export async function figure(page: Page, name: string): Promise<number | undefined> {
  const text = await page.evaluate((wanted) => {
    const item = [...document.querySelectorAll(".run-bar dl div")].find(
      (element) => element.querySelector("dt")?.textContent === wanted,
    );
    return item?.querySelector("dd")?.textContent ?? null;
  }, name);
  const value = Number.parseFloat((text ?? "").replaceAll(",", ""));
  return Number.isNaN(value) ? undefined : value;
}
