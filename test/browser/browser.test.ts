import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NUMERICS, type Numerics } from "../../src/core/wasm-module.ts";
import { type BuiltinCorpus, builtinCorpus } from "../../src/data/builtin-corpora.ts";
import { parameterHash } from "../../src/model/parameter-hash.ts";
import { PRESETS, type PresetName } from "../../src/model/presets.ts";
import type { Recipe } from "../../src/model/recipe.ts";
import { sample } from "../../src/sample/sampler.ts";
import { createTrainer } from "../../src/train/trainer.ts";
import { fuses } from "../engine/engines.ts";
import { CHROMIUM_ARGUMENTS, findChromium } from "./chromium.ts";

const STEPS = 300;
const golden = JSON.parse(await readFile("test/golden/preset-hashes.json", "utf8")) as Record<
  string,
  { steps: number; corpus: BuiltinCorpus; hash: string }
>;
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

  for (const [name, { steps, corpus, hash }] of Object.entries(golden)) {
    test(`${name}: ${steps} steps give the parameters that they give in Node, to the bit`, async () => {
      const { recipe } = PRESETS[name as PresetName];
      expect((await trainInPage(await builtinCorpus(corpus), steps, recipe)).hash).toBe(hash);
    }, 60_000);
  }

  /** What the page finds; it must not have thrown anything. */
  async function trainInPage(text: string, steps: number, fields: Partial<Recipe>) {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const found = await page.evaluate(([text, steps, fields]) => window.trainInPage(text, steps, fields), [
      text,
      steps,
      fields,
    ] as const);
    expect(errors).toEqual([]);
    await page.close();
    return found;
  }

  async function compare(numerics: Numerics): Promise<void> {
    const text = await builtinCorpus("sonnets");
    const found = await trainInPage(text, STEPS, { seed: 42, numerics });

    const trainer = await createTrainer(text, { seed: 42, numerics });
    let loss = Number.NaN;
    for (let i = 0; i < STEPS; i++) loss = trainer.step().loss;
    expect(found).toEqual({
      hash: await parameterHash(trainer.model.engine),
      loss,
      sample: sample(trainer.model, { length: 100, seed: 7 }),
    });
  }
});
