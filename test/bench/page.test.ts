import { type Browser, chromium } from "playwright-core";
import { build, type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM_ARGUMENTS, chromium as program } from "../browser/chromium.ts";

const executablePath = program.path;

describe.skipIf(executablePath === undefined)("the bench in a page, in headless Chromium", () => {
  let server: PreviewServer;
  let browser: Browser;
  let address: string;

  beforeAll(async () => {
    const configFile = "bench/page/vite.config.ts";
    await build({ configFile, logLevel: "warn" });
    server = await preview({ configFile, logLevel: "silent", preview: { port: 0 } });
    address = server.resolvedUrls!.local[0]!;
    browser = await chromium.launch({ executablePath: executablePath!, args: CHROMIUM_ARGUMENTS });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  /** The page once it has ended, and whatever went wrong in it. */
  async function open(query: string) {
    const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
    const page = await context.newPage();
    const errors: string[] = [];
    page.on("pageerror", ({ message }) => errors.push(message));
    page.on("request", (request) => {
      if (!request.url().startsWith(address) && !request.url().startsWith("data:")) errors.push(request.url());
    });
    await page.goto(`${address}${query}`);
    await page.waitForSelector("body[data-state]", { timeout: 100_000 });
    return { page, errors };
  }

  test("?quick&only=W1,S1 shows a table of verified figures for each, and copies them as JSON", async () => {
    const { page, errors } = await open("?quick&only=W1,S1");
    expect(await page.textContent("#progress")).toBe("Verified and measured.");
    expect(await page.textContent("#surroundings")).toContain("· cross-origin isolated");
    expect(await page.locator("h2").allTextContents()).toEqual([
      expect.stringMatching(/^W1 /),
      expect.stringMatching(/^S1 /),
    ]);
    const tables = await page.locator("table").all();
    expect(tables.length).toBe(2);
    for (const table of tables) {
      const head = await table.locator("th").allTextContents();
      const column = head.indexOf("characters/s");
      const speeds = await table.locator(`td:nth-child(${column + 1})`).allTextContents();
      expect(speeds.length).toBeGreaterThanOrEqual(2);
      for (const speed of speeds) expect(Number(speed.replaceAll(",", ""))).toBeGreaterThan(100);
    }

    await page.click("#copy");
    await page.waitForFunction(() => document.getElementById("progress")!.textContent!.includes("clipboard"));
    const figures = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
    expect(figures.verified).toBe(true);
    expect(figures.workloads.map(({ name }: { name: string }) => name)).toEqual(["W1", "S1"]);
    for (const { contenders } of figures.workloads) {
      for (const { charactersPerSecond, difference } of contenders) {
        expect(charactersPerSecond).toBeGreaterThan(0);
        expect(difference).toBeLessThan(1e-5);
      }
    }
    expect(errors).toEqual([]);
  }, 120_000);

  test("says what is wrong with an address that asks for a part that is none", async () => {
    const { page } = await open("?only=W9");
    expect(await page.textContent("#progress")).toContain("Stopped: only: expected some of kernels, W1");
  });
});
