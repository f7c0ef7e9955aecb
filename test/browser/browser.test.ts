import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NUMERICS, type Numerics } from "../../src/core/wasm-module.ts";
import { builtinCorpus } from "../../src/data/builtin-corpora.ts";
import { parameterHash } from "../../src/model/parameter-hash.ts";
import { sample } from "../../src/sample/sampler.ts";
import { createTrainer } from "../../src/train/trainer.ts";
import { fuses } from "../engine/engines.ts";
import { CHROMIUM_ARGUMENTS, findChromium } from "./chromium.ts";

const STEPS = 300;
const PAGE = "build/browser-test";
const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };

const executablePath = findChromium();
if (executablePath === undefined) {
  console.warn(
    "No Chromium found: the browser test is skipped. Install one (Debian: apt-get install chromium), or set CHROMIUM.",
  );
}

describe.skipIf(executablePath === undefined)("in headless Chromium, from a bundle", () => {
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    await build({
      root: "test/browser",
      base: "./",
      logLevel: "warn",
      build: { outDir: join(process.cwd(), PAGE), emptyOutDir: true },
    });
    server = createServer(async ({ url }, response) => {
      const path = new URL(url ?? "/", "http://localhost").pathname;
      const file = path === "/" ? "/index.html" : path;
      try {
        response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
        response.end(await readFile(join(PAGE, file)));
      } catch {
        response.writeHead(404).end();
      }
    }).listen(0, "127.0.0.1");
    browser = await chromium.launch({ executablePath: executablePath!, args: CHROMIUM_ARGUMENTS });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  for (const numerics of fuses ? NUMERICS : (["strict"] as const)) {
    test(`${STEPS} ${numerics} steps give the same loss, samples and parameter hash as in Node`, () =>
      compare(numerics));
  }

  async function compare(numerics: Numerics): Promise<void> {
    const text = await builtinCorpus("sonnets");
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const found = await page.evaluate(([text, steps, numerics]) => window.trainInPage(text, steps, numerics), [
      text,
      STEPS,
      numerics,
    ] as const);

    const trainer = await createTrainer(text, { seed: 42, numerics });
    let loss = Number.NaN;
    for (let i = 0; i < STEPS; i++) loss = trainer.step().loss;
    expect(errors).toEqual([]);
    expect(found).toEqual({
      hash: await parameterHash(trainer.model.engine),
      loss,
      sample: sample(trainer.model, { prime: "Shall I ", length: 100, seed: 7 }),
    });
  }
});
