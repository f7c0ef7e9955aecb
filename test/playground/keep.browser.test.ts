/** The Keep view in Chromium: models there and back, links that reproduce runs, and what outlives a tab. */

import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import {
  createTrainer,
  MIN_CHAR_RNN,
  modelFromBytes,
  modelToBytes,
  parameterHash,
  parseRunLog,
  type Recipe,
  resumeTrainer,
  type Trainer,
  trainerToBytes,
} from "../../src/index.ts";
import { builtinCorpus } from "../../src/node.ts";
import { LINK_PREFIX } from "../../web/protocol/keep.ts";
import { describeInChromium, figure, openPlayground, waitForFigure } from "./chromium-page.ts";
import { keptCheckpoint, overwriteKept } from "./kept-files.ts";

let sonnets: string;

const SMALL = { hiddenSize: 24, sequenceLength: 20 } as const;
const TEXT = "the quick brown fox jumps over the lazy dog. ".repeat(40);

/** A run that Node made, as far as a step. */
async function nodeRun(text: string, steps: number, fields: Partial<Recipe> = SMALL): Promise<Trainer> {
  const trainer = await createTrainer(text, { ...MIN_CHAR_RNN, ...fields });
  for (let i = 0; i < steps; i++) trainer.step();
  return trainer;
}

async function train(page: Page, steps: number): Promise<void> {
  await page.click("#tab-train");
  await page.fill("label:text-is('Steps') + input", String(steps));
  await page.fill("label:text-is('Hidden units') + input", String(SMALL.hiddenSize));
  await page.locator("summary:text-is('All settings')").click();
  await page.fill("label:text-is('Sequence') + input", String(SMALL.sequenceLength));
  await page.locator("button:text-matches('Start (training|anew)')").locator("visible=true").last().click();
  await ends(page);
}

async function ends(page: Page): Promise<void> {
  await page.waitForSelector('[data-phase="done"]', { timeout: 60_000 });
}

/** Gives a file to one of the page's inputs. */
function give(page: Page, input: string, name: string, content: Uint8Array | string): Promise<void> {
  return page.setInputFiles(input, { name, mimeType: "", buffer: Buffer.from(content as Uint8Array) });
}

async function download(page: Page, button: string): Promise<{ name: string; content: Buffer }> {
  const [file] = await Promise.all([page.waitForEvent("download"), page.click(`button:text-is("${button}")`)]);
  return { name: file.suggestedFilename(), content: await readFile(await file.path()) };
}

/** Waits for the line of the page's notice that begins so. */
async function notice(page: Page, beginning: string): Promise<string> {
  await page.waitForFunction((start) => document.querySelector(".notice p")?.textContent?.startsWith(start), beginning);
  return (await page.textContent(".notice p"))!;
}

/** Waits until the copy that survives a closed tab is of a step. */
async function saved(page: Page, step: string): Promise<void> {
  await page.click("#tab-keep");
  await page.waitForSelector(`.kept strong:text-is("${step}")`);
}

async function link(page: Page): Promise<string> {
  await page.click("#tab-keep");
  await page.click("text=Make a link");
  await page.waitForSelector(".link input");
  return page.inputValue(".link input");
}

describeInChromium("the playground, keeping", (visit) => {
  beforeAll(async () => {
    sonnets = await builtinCorpus("sonnets");
  }, 120_000);

  test("a downloaded model goes on in Node as in the page; report and log tell of the run", async () => {
    const { page, complaints } = await openPlayground(visit);
    await train(page, 2000);
    await page.click("#tab-keep");
    const model = await download(page, "Download the model");
    expect(model.name).toBe("sonnets-rnn-2000.safetensors");
    const resumed = await resumeTrainer(model.content, sonnets);
    expect(await parameterHash(resumed.model.engine)).toBe(
      await parameterHash((await nodeRun(sonnets, 2000)).model.engine),
    );
    expect(resumed.provenance.data).toEqual({ builtin: "sonnets" });
    const log = await download(page, "The log");
    const records = parseRunLog(log.content, log.name);
    // at 800 points neighbours are joined: of 2000 steps, every fourth is told
    expect(records.run.stepsPerLine).toBe(4);
    expect(records.steps.at(-1)).toBe(2000);
    expect(records.run.recipe).toMatchObject({ hiddenSize: 24, clipNorm: null });
    expect(records.smoothLoss.at(-1)).toBe(resumed.currentSmoothLoss);
    const report = await download(page, "The report");
    const html = report.content.toString();
    expect(html).toContain("<h1>sonnets</h1>");
    expect(html).toContain("Each value is the mean of 4 steps.");
    expect(html).toContain("Before training");
    expect(html).not.toContain("from step");
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("a checkpoint from Node becomes a run, and comes to what Node comes to", async () => {
    const trainer = await nodeRun(sonnets, 300);
    trainer.provenance = { ...trainer.provenance, data: { builtin: "sonnets" } };
    const bytes = trainerToBytes(trainer);
    for (let i = 0; i < 300; i++) trainer.step();
    const { page, complaints } = await openPlayground(visit);
    await page.click("#tab-keep");
    await give(page, "#model-file", "from-node.safetensors", bytes);
    await notice(page, "from-node.safetensors goes on from step 300, on sonnets");
    await page.click("text=Go on");
    await ends(page);
    expect(await figure(page, "step")).toBe(600);
    await saved(page, "sonnets, step 600");
    const kept = await modelFromBytes(await keptCheckpoint(page));
    expect(await parameterHash(kept.engine)).toBe(await parameterHash(trainer.model.engine));
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("a checkpoint whose text is not at hand is a model, until its text or another is given", async () => {
    const trainer = await nodeRun(TEXT, 100);
    trainer.provenance = { ...trainer.provenance, data: { files: ["fox.txt"] } };
    const bytes = trainerToBytes(trainer);
    for (let i = 0; i < 100; i++) trainer.step();
    const { page, complaints } = await openPlayground(visit);
    // dropped from whatever view
    const transfer = await page.evaluateHandle((content) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(content)], "fox.safetensors"));
      return data;
    }, Array.from(bytes));
    await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
    await notice(page, "fox.safetensors is here to be looked at");
    await page.waitForSelector("text=fox.safetensors is open: trained on fox.txt for 100 steps.");
    expect(await page.locator("text=Make a link").isDisabled()).toBe(true);
    const again = await download(page, "Download the model");
    expect(again.content.equals(bytes)).toBe(true);

    await give(page, "#own-text", "other.txt", TEXT.toUpperCase());
    expect(await notice(page, "other.txt is not the text")).toMatch(/that fox\.safetensors was trained on/);
    await give(page, "#other-text", "other.txt", TEXT.toUpperCase());
    expect(await notice(page, "text: ")).toMatch(/"T".* is not in the model's vocabulary/);
    await give(page, "#own-text", "windows.txt", TEXT);
    await notice(page, "It goes on from step 100, on windows.txt: exactly");
    await page.click("text=Go on");
    await ends(page);
    await saved(page, "windows.txt, step 200");
    const kept = await modelFromBytes(await keptCheckpoint(page));
    expect(await parameterHash(kept.engine)).toBe(await parameterHash(trainer.model.engine));

    // with the run's text at hand it is a run at once; with another it goes on, and no link can tell that
    await give(page, "#model-file", "fox.safetensors", bytes);
    await notice(page, "fox.safetensors goes on from step 100, on windows.txt");
    await page.click("text=Forget it");
    await page.waitForSelector('[data-phase="empty"]');
    await give(page, "#model-file", "fox.safetensors", bytes);
    await page.waitForSelector("text=fox.safetensors is open");
    await give(page, "#other-text", "reversed.txt", [...TEXT].reverse().join(""));
    await notice(page, "It goes on from step 100, on reversed.txt: a text that is new to it.");
    await page.waitForSelector("text=It went on with another text after step 100");
    expect(await page.locator("text=Make a link").isDisabled()).toBe(true);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("a model without its training goes on from its weights, and no link can tell that", async () => {
    const { model } = await nodeRun(TEXT, 100);
    const { page, complaints } = await openPlayground(visit);
    await page.click("#tab-keep");
    await give(page, "#model-file", "weights.safetensors", modelToBytes(model, 100));
    await page.waitForSelector("text=The file holds weights alone.");
    await give(page, "#other-text", "fox.txt", TEXT);
    await notice(page, "It goes on from step 0, on fox.txt");
    await page.click("text=One step");
    await page.waitForSelector("text=It began from the weights of weights.safetensors");
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("says in one line what is wrong with a file, and keeps the run that it had", async () => {
    const { page } = await openPlayground(visit);
    await train(page, 200);
    await page.click("#tab-keep");
    const good = trainerToBytes(await nodeRun(TEXT, 1));
    const noise = Uint8Array.from({ length: 5000 }, (_, i) => (i * i * 31 + i) % 251);
    const foreign = new TextEncoder().encode('        {"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}   0000');
    new DataView(foreign.buffer).setBigUint64(0, BigInt(foreign.length - 12), true);
    const text = new TextDecoder("latin1").decode(good);
    const greedy = Buffer.from(
      text.replace('\\"hiddenSize\\":24', '\\"hiddenSize\\":94').replace('\\"batchSize\\":1', '\\"batchSize\\":9'),
      "latin1",
    );
    const bad: [name: string, content: Uint8Array, line: RegExp][] = [
      ["empty.safetensors", new Uint8Array(), /expected a model file, got an empty one/],
      ["noise.safetensors", noise, /header/],
      ["cut.safetensors", good.subarray(0, good.length - 100), /./],
      ["head.safetensors", good.subarray(0, 60), /./],
      ["foreign.safetensors", foreign, /expected a model that charloom wrote/],
      ["greedy.safetensors", greedy, /hidden size 94|recipe/],
    ];
    for (const [name, content, line] of bad) {
      await give(page, "#model-file", name, content);
      const said = await notice(page, name);
      expect(said).toMatch(line);
      expect(said.length, said).toBeLessThan(300);
      expect(await figure(page, "step")).toBe(200);
    }
    await page.click("text=One step");
    await waitForFigure(page, "step", (step) => step === 201);
    await page.context().close();
  });

  test("a link has another visitor's page do the run again, changes among it, and says that the weights agree", async () => {
    const { page, complaints } = await openPlayground(visit);
    await train(page, 400);
    const rate = page.locator("label:text-is('Learning rate') + input[type=range]");
    await rate.fill("-2");
    await page.click("text=One step");
    await waitForFigure(page, "step", (step) => step === 401);
    await page.click("text=Go on");
    await waitForFigure(page, "step", (step) => step === 800);
    const address = await link(page);
    expect(address).toContain(`/${LINK_PREFIX}`);

    const stranger = await openPlayground(visit, { url: address });
    await stranger.page.waitForSelector("text=Somebody shared a run with you");
    expect(await stranger.page.textContent(".facts")).toMatch(/sonnets.*24 units.*learning rate 0\.01 after step 400/);
    await stranger.page.reload();
    await stranger.page.click("text=Reproduce this run");
    await stranger.page.waitForSelector("text=The same weights, bit for bit, after 800 steps.");
    const hashes = await stranger.page.locator(".hashes code").allTextContents();
    const node = await nodeRun(sonnets, 400);
    node.change({ learningRate: 0.01 });
    for (let i = 0; i < 400; i++) node.step();
    const hash = await parameterHash(node.model.engine);
    expect(hashes).toEqual([hash, hash]);
    // what was found is kept as well
    await saved(stranger.page, "sonnets, step 800");
    await stranger.page.reload();
    await stranger.page.click("#tab-keep");
    await stranger.page.waitForSelector("text=The same weights, bit for bit, after 800 steps.");
    expect(complaints).toEqual([]);
    expect(stranger.complaints).toEqual([]);
    await page.context().close();
    await stranger.page.context().close();
  });

  test("a link whose hash is another run's says that the weights differ", async () => {
    const { page } = await openPlayground(visit);
    await train(page, 300);
    const address = new URL(await link(page));
    const content = JSON.parse(Buffer.from(address.hash.slice(LINK_PREFIX.length), "base64url").toString());
    content.recipe.seed = 2;
    address.hash = LINK_PREFIX + Buffer.from(JSON.stringify(content)).toString("base64url");
    // in the tab that is open: its address alone changes
    await page.evaluate((hash) => {
      location.hash = hash;
    }, address.hash);
    await page.click("text=Reproduce this run");
    await page.waitForSelector("text=Other weights after 300 steps: the hashes differ.");
    await page.context().close();
  });

  test("a link of a text that does not come with the page asks for it, and says what differs in another", async () => {
    const { page } = await openPlayground(visit);
    await page.waitForSelector("text=94,110 characters");
    await give(page, "#file", "fox.txt", TEXT);
    await page.waitForSelector("text=fox.txt: 1,800 characters");
    await train(page, 200);
    const address = await link(page);
    const stranger = await openPlayground(visit, { url: address });
    await stranger.page.waitForSelector("text=It needs the very text that it was trained on");
    const problem = () => stranger.page.textContent(".reproduction .problem");
    await give(stranger.page, "#shared-text", "hound.txt", TEXT.replaceAll("fox", "hound"));
    await stranger.page.waitForSelector(".reproduction .problem:not([hidden])");
    expect(await problem()).toMatch(
      /hound\.txt is another: it has 1,880 tokens of 26 kinds, wanted 1,800 tokens of 28 kinds/,
    );
    await give(stranger.page, "#shared-text", "cat.txt", TEXT.replace("fox", "xof"));
    await stranger.page.waitForFunction(() => document.querySelector(".problem")?.textContent?.includes("cat.txt"));
    expect(await problem()).toMatch(/as long, but not the same to the letter/);
    await give(stranger.page, "#shared-text", "same.txt", TEXT);
    await stranger.page.waitForSelector("text=The same weights, bit for bit, after 200 steps.");
    await page.context().close();
    await stranger.page.context().close();
  });

  test("a broken link is one line, and the page is there", async () => {
    const { page } = await openPlayground(visit, { url: `${visit.url}${LINK_PREFIX}abc` });
    await notice(page, "link: expected a whole one, got what cannot be read");
    await page.waitForSelector("text=Nothing to take away yet");
    await page.context().close();
  });

  test("each tab keeps its own run, and a later visit finds the last", async () => {
    const { page: first, complaints } = await openPlayground(visit);
    await train(first, 300);
    await saved(first, "sonnets, step 300");
    const second = await first.context().newPage();
    await second.goto(visit.url);
    await second.waitForSelector("text=No model yet");
    await train(second, 200);
    await saved(second, "sonnets, step 200");
    await second.waitForSelector("text=by another tab that is open");
    await first.click("text=One step");
    await saved(first, "sonnets, step 301");
    // both are whole, each in its place
    for (const [place, steps] of [
      ["1", 301],
      ["2", 200],
    ] as const) {
      const kept = await modelFromBytes(await keptCheckpoint(first, place));
      expect(await parameterHash(kept.engine)).toBe(await parameterHash((await nodeRun(sonnets, steps)).model.engine));
    }
    await first.close();
    await second.close();
    const later = await first.context().newPage();
    await later.goto(visit.url);
    await notice(later, "Here is the run that you left, at step 301");
    await later.click("#tab-keep");
    await later.click('button[aria-label="Forget sonnets, step 200"]');
    await later.waitForFunction(() => document.querySelectorAll(".kept li").length === 1);
    await later.click("text=Forget it");
    await later.waitForFunction(() => document.querySelectorAll(".kept li").length === 0);
    await later.reload();
    await later.waitForSelector("text=No model yet");
    expect(complaints).toEqual([]);
    await first.context().close();
  });

  test("a run that is left while it trains is saved at that moment", async () => {
    const { page } = await openPlayground(visit);
    await page.click("text=Start training");
    await waitForFigure(page, "step", (step) => step > 1000);
    // as a browser does when the tab is put behind another
    const step = await page.evaluate(() => {
      Object.defineProperty(document, "hidden", { value: true });
      document.dispatchEvent(new Event("visibilitychange"));
      return Number.parseInt(document.querySelector(".figures dd")!.textContent!.replace(",", ""), 10);
    });
    await page.waitForTimeout(300);
    await page.goto("about:blank");
    await page.goto(visit.url);
    await notice(page, "Here is the run that you left");
    expect(await figure(page, "step")).toBeGreaterThanOrEqual(step);
    // which is no longer so after another step
    await page.click("text=One step");
    await page.waitForFunction(() => document.querySelector(".notice p") === null);
    await page.context().close();
  });

  for (const [what, ending, content] of [
    ["checkpoint", ".charloom", "this is no run"],
    ["text", ".txt", "another text altogether, ".repeat(20)],
  ] as const) {
    test(`the page starts where the kept ${what} is damaged, says so in a line, and keeps the next run`, async () => {
      const { page, complaints } = await openPlayground(visit);
      await train(page, 200);
      await saved(page, "sonnets, step 200");
      // from another page of the same origin, since the playground saves once more when it is left
      await page.goto("about:blank");
      const other = await page.context().newPage();
      await other.goto(`${visit.url}corpora/dinosaurs.txt`);
      await overwriteKept(other, ending, content);
      await other.close();
      await page.goto(visit.url);
      const line = await notice(page, "The run of an earlier visit cannot be read: ");
      expect(line.length).toBeLessThan(400);
      await page.waitForSelector("text=No model yet");
      await train(page, 100);
      await saved(page, "sonnets, step 100");
      await page.reload();
      await notice(page, "Here is the run that you left, at step 100");
      expect(complaints).toEqual([]);
      await page.context().close();
    });
  }

  test("where storage is full, the run goes on, the page says so, and the last copy stays", async () => {
    const { page } = await openPlayground(visit);
    await train(page, 200);
    await saved(page, "sonnets, step 200");
    const chromium = await page.context().newCDPSession(page);
    await chromium.send("Storage.overrideQuotaForOrigin", { origin: new URL(visit.url).origin, quotaSize: 1000 });
    await page.click("text=One step");
    await page.waitForSelector("text=Nothing new is saved: the browser has no more room for this page");
    expect(await figure(page, "step")).toBe(201);
    await page.waitForSelector('.kept strong:text-is("sonnets, step 200")');
    await chromium.send("Storage.overrideQuotaForOrigin", { origin: new URL(visit.url).origin });
    await page.click("text=One step");
    await saved(page, "sonnets, step 202");
    await page.context().close();
  });
});
