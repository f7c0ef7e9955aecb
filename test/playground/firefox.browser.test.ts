/** The playground in Firefox: learns, is reloaded in the middle, and ends with the parameters that Node gives. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StaticServer } from "../../src/cli/static-server.ts";
import { createTrainer, modelFromBytes, parameterHash } from "../../src/index.ts";
import { builtinCorpus } from "../../src/node.ts";
import { FIREFOX_PREFERENCES, firefox } from "../browser/firefox.ts";
import { keptCheckpoint } from "./kept-files.ts";
import { servePlayground } from "./playground.ts";

const STEPS = 20_000;
const HIDDEN = 40;

let server: StaticServer;
let browser: Browser;
let home: string;

describe.skipIf(firefox.path === undefined)("the playground in Firefox", () => {
  beforeAll(async () => {
    server = await servePlayground();
    home = await mkdtemp(join(tmpdir(), "charloom-firefox-"));
    browser = await puppeteer.launch({
      browser: "firefox",
      executablePath: firefox.path!,
      headless: true,
      env: { ...process.env, HOME: home },
      extraPrefsFirefox: FIREFOX_PREFERENCES,
    });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    server?.close();
    await rm(home, { recursive: true, force: true, maxRetries: 3 });
  });

  test("learns, goes on after a reload, and gives Node's parameters", async () => {
    const page = await browser.newPage();
    const errors: unknown[] = [];
    page.on("pageerror", (error) => errors.push(error));
    await page.goto(server.url);
    await waitFor(page, () => document.querySelector(".text-chooser .note")?.textContent?.includes("94,110") === true);
    await page.evaluate(
      (steps, hidden) => {
        const input = (name: string) => {
          const label = [...document.querySelectorAll("label")].find(({ textContent }) => textContent === name);
          return document.getElementById(label!.htmlFor) as HTMLInputElement;
        };
        input("Steps").value = String(steps);
        input("Hidden units").value = String(hidden);
      },
      STEPS,
      HIDDEN,
    );
    await press(page, "Start training");
    await waitFor(page, () => Number.parseInt(document.querySelector(".figures dd")?.textContent ?? "0", 10) > 0);
    await press(page, "Pause");
    await waitFor(page, () => document.body.dataset.phase === "paused");
    await pause(500);
    await page.reload();
    await waitFor(page, () => document.querySelector(".notice")?.textContent?.includes("you left") === true);
    await press(page, "Go on");
    await waitFor(page, () => document.body.dataset.phase === "done");
    await pause(500);
    const kept = await keptCheckpoint(page);
    const trainer = await createTrainer(await builtinCorpus("sonnets"), { hiddenSize: HIDDEN });
    for (let i = 0; i < STEPS; i++) trainer.step();
    const model = await modelFromBytes(kept);
    expect(await parameterHash(model.engine)).toBe(await parameterHash(trainer.model.engine));
    expect(errors).toEqual([]);
    await page.close();
  });
});

function press(page: Page, text: string): Promise<void> {
  return page.evaluate((wanted) => {
    const button = [...document.querySelectorAll("button")].find(({ textContent }) => textContent === wanted);
    button!.click();
  }, text);
}

/** Polls: a function that Firefox itself would wait with is not there over BiDi. */
async function waitFor(page: Page, holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await pause(100)) if (await page.evaluate(holds)) return;
  throw new Error(`it did not come within a minute: ${holds}`);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
