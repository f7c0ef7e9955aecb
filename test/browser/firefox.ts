/** Firefox, driven by Puppeteer over WebDriver BiDi: Playwright takes no Firefox but its own build. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { type BrowserProgram, findProgram, type InPage, visit } from "./browser.ts";

const path = findProgram("FIREFOX", [
  "/usr/bin/firefox-esr",
  "/usr/bin/firefox",
  "/snap/bin/firefox",
  "/Applications/Firefox.app/Contents/MacOS/firefox",
]);

/** No calls home. */
export const FIREFOX_PREFERENCES = {
  "app.update.enabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
};

export const firefox: BrowserProgram = {
  name: "Firefox",
  path,
  advice: "install one (Debian: apt-get install firefox-esr), or set FIREFOX",
  async launch() {
    // a home of its own: root may have that of another user, in which Firefox refuses to start
    const home = await mkdtemp(join(tmpdir(), "charloom-firefox-"));
    const browser = await puppeteer.launch({
      browser: "firefox",
      executablePath: path!,
      headless: true,
      env: { ...process.env, HOME: home },
      extraPrefsFirefox: FIREFOX_PREFERENCES,
      // a page may train for minutes: the test's own limit is the one that counts
      protocolTimeout: 0,
    });
    return {
      evaluate: async <Argument, Result>(url: string, run: InPage<Argument, Result>, argument: Argument) =>
        visit(await browser.newPage(), url, (page) =>
          page.evaluate(run as (argument: unknown) => Result | Promise<Result>, argument),
        ) as Promise<Result>,
      async close() {
        await browser.close();
        await rm(home, { recursive: true, force: true, maxRetries: 3 });
      },
    };
  },
};
