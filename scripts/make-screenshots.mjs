// Takes the pictures of the playground that the README and docs/playground.md show: each view, light and dark, of one run that
// anyone can repeat. Wants `npm run build` and a Chromium.
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serveFolder } from "../dist/src/cli/static-server.js";

const folder = fileURLToPath(new URL("../docs/images/", import.meta.url));
const size = { width: 1280, height: 860 };
const steps = 60_000;

await mkdir(folder, { recursive: true });
const server = await serveFolder(fileURLToPath(new URL("../build/web/", import.meta.url)), 0);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
try {
  const page = await browser.newPage({ viewport: size, colorScheme: "light" });
  await page.goto(server.url);
  await page.waitForSelector("text=94,110 characters");
  await page.fill("label:text-is('Steps') + input", String(steps));
  await page.click("text=Start training");
  await page.waitForSelector('[data-phase="done"]', { timeout: 300_000 });
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const view of ["train", "understand", "neurons", "use", "keep"]) {
      await page.click(`#tab-${view}`);
      // figures are drawn when they come into sight
      await page.waitForTimeout(2000);
      if (view === "use") {
        await page.click("button:text-is('Write on')");
        await page.waitForTimeout(3000);
      }
      await page.evaluate(() => document.activeElement?.blur());
      await page.screenshot({ path: `${folder}${view}-${colorScheme}.png` });
      console.log(`docs/images/${view}-${colorScheme}.png`);
    }
  }
} finally {
  await browser.close();
  server.close();
}
