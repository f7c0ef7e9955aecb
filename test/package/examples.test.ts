/** The examples, run from the installed package as their headings say. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { score } from "../../src/index.ts";
import { loadModel } from "../../src/node.ts";
import { chromium } from "../browser/chromium.ts";
import { firefox } from "../browser/firefox.ts";
import { describeWhere } from "../embed/runtimes.ts";
import { emptyFolder, runNode, unpackInto } from "./installed.ts";
import { LanguageClient } from "./language-client.ts";

const TEXT = "the cat sat on the mat and the dog sat on the log\n".repeat(40);
const NEWS = "a dog and a cat sat on a mat\n".repeat(40);

const folder = emptyFolder(afterAll);
const at = (name: string) => join(folder, name);

function run(...parameters: string[]): string {
  const { status, stdout, stderr } = runNode(folder, ...parameters);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return stdout;
}

beforeAll(() => {
  unpackInto(folder);
  cpSync("examples", folder, { recursive: true, filter: (path) => !path.startsWith("examples/embed") });
  writeFileSync(at("text.txt"), TEXT);
  writeFileSync(at("news.txt"), NEWS);
  run("train-your-file.mjs", "text.txt", "model.safetensors", "500");
}, 120_000);

test("every example is in the list of them", () => {
  const list = readFileSync("examples/README.md", "utf8");
  for (const name of readdirSync("examples")) if (name !== "README.md") expect(list).toContain(`(${name}`);
});

test("train-your-file.mjs leaves a model that has learnt the text", async () => {
  const model = await loadModel(at("model.safetensors"));
  expect(score(model, TEXT).natsPerToken).toBeLessThan(0.5);
});

test("train-your-file.mjs saves what there is at Ctrl-C", async () => {
  const child = spawn(process.execPath, ["train-your-file.mjs", "text.txt", "stopped.safetensors", "1e9"], {
    cwd: folder,
  });
  child.stdout.once("data", () => child.kill("SIGINT")); // after its first line it is training
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
  expect(score(await loadModel(at("stopped.safetensors")), TEXT).natsPerToken).toBeLessThan(2);
});

test("fine-tune.mjs makes a model that knows the other text better, and leaves the first as it was", async () => {
  const before = readFileSync(at("model.safetensors"));
  const [, old, tuned] = /before: ([\d.]+) bits[\s\S]*after: ([\d.]+) bits/.exec(
    run("fine-tune.mjs", "model.safetensors", "news.txt", "tuned.safetensors", "300"),
  )!;
  expect(Number(tuned)).toBeLessThan(Number(old) / 2);
  expect(readFileSync(at("model.safetensors"))).toEqual(before);
  const measured = score(await loadModel(at("tuned.safetensors")), NEWS).bitsPerToken;
  expect(measured).toBeCloseTo(Number(tuned), 2);
});

test("surprising-passages.mjs puts the line first that is not the text's", () => {
  const lines = TEXT.split("\n").slice(0, 20);
  writeFileSync(at("odd.txt"), [...lines.slice(0, 7), "the gat taht cat no mad tha", ...lines.slice(7)].join("\n"));
  const [first, second] = run("surprising-passages.mjs", "model.safetensors", "odd.txt", "2").split("\n");
  expect(first).toMatch(/ bits {2}line 8 .*\[/);
  expect(Number.parseFloat(first!)).toBeGreaterThan(3 * Number.parseFloat(second!));
});

test("sweep-rates.mjs has a loss for every rate, or says that it diverged", () => {
  const lines = run("sweep-rates.mjs", "text.txt", "200", "0.0001", "0.01", "1000").trim().split("\n");
  expect(lines.length).toBe(3);
  expect(lines[0]).toMatch(/^0\.0001 +[\d.]+ nats per character$/);
  const [slow, fast] = lines.map((line) => Number.parseFloat(line.slice(8)));
  expect(fast).toBeLessThan(slow!);
});

test("language-server.mjs completes the word before the cursor", async () => {
  const server = spawn(process.execPath, ["language-server.mjs", "model.safetensors"], { cwd: folder });
  const ended = once(server, "exit");
  const client = new LanguageClient(server);
  const { capabilities } = await client.ask("initialize", {});
  expect(capabilities.completionProvider).toEqual({});
  const textDocument = { uri: "file:///a.txt", text: "the cat sat\non the m" };
  client.tell("textDocument/didOpen", { textDocument });
  const offers = await client.ask("textDocument/completion", { textDocument, position: { line: 1, character: 8 } });
  expect(offers.length).toBe(5);
  expect(offers[0].label).toBe("at");
  expect(offers[0].textEdit.newText).toBe("at");
  await expect(client.ask("textDocument/hover", {})).rejects.toThrow("not a method of this server");
  await client.ask("shutdown", {});
  client.tell("exit", {});
  expect(await ended).toEqual([0, null]);
});

const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };

for (const browser of [chromium, firefox]) {
  describeWhere(browser.path !== undefined, `text-box, in ${browser.name}`, browser.advice, () => {
    test("writes on where the text stops, without a bundler", async () => {
      const server = createServer(async ({ url }, response) => {
        const path = new URL(url!, "http://localhost").pathname;
        const content = await readFile(at(path)).catch(() => undefined);
        if (content === undefined) response.writeHead(404).end();
        else
          response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" }).end(content);
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const driven = await browser.launch();
      try {
        const { port } = server.address() as AddressInfo;
        const written = await driven.evaluate(
          `http://127.0.0.1:${port}/text-box/index.html`,
          async () => {
            const file = document.querySelector("input")!;
            const area = document.querySelector("textarea")!;
            const bytes = await (await fetch("/model.safetensors")).arrayBuffer();
            const files = new DataTransfer();
            files.items.add(new File([bytes], "model.safetensors"));
            file.files = files.files;
            file.dispatchEvent(new Event("change"));
            const until = async (done: () => boolean) => {
              while (!done()) await new Promise((resolve) => setTimeout(resolve, 20));
            };
            await until(() => !area.disabled);
            area.value = "the cat sat on the m";
            area.dispatchEvent(new Event("input"));
            const suggestion = document.querySelector("output")!;
            await until(() => suggestion.value.length >= 60);
            return suggestion.value;
          },
          undefined,
        );
        expect(written).toMatch(/^at /);
      } finally {
        await driven.close();
        server.close();
        server.closeAllConnections();
      }
    });
  });
}
