/** Chromium, driven by Playwright over the DevTools protocol. */

import { chromium as playwright } from "playwright-core";
import { type BrowserProgram, findProgram, type InPage, visit } from "./browser.ts";

const path = findProgram("CHROMIUM", [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
]);

/** No sandbox, since containers run as root; no calls home. */
export const CHROMIUM_ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

export const chromium: BrowserProgram = {
  name: "Chromium",
  path,
  advice: "install one (Debian: apt-get install chromium), or set CHROMIUM",
  async launch() {
    const browser = await playwright.launch({ executablePath: path!, args: CHROMIUM_ARGUMENTS });
    return {
      evaluate: async <Argument, Result>(url: string, run: InPage<Argument, Result>, argument: Argument) =>
        // Playwright's types unwrap the handles that an argument may hold; ours are plain data
        visit(await browser.newPage(), url, (page) => page.evaluate(run as InPage<unknown, Result>, argument)),
      close: () => browser.close(),
    };
  },
};
