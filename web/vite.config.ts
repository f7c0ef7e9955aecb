/**
 * The playground as a folder of files that any host of static files can serve; texts that come with it lie apart.
 *
 * Threads want a page that is cross-origin isolated, by headers of the host. Where a host sends none, `--mode isolated` builds a
 * page whose service worker adds them, at the price of one reload on the first visit.
 */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { BUILTIN_CORPORA, builtinCorpus } from "../src/node.ts";

/** Writes the corpora beside the page, from their packages. */
const corpora: Plugin = {
  name: "charloom-corpora",
  async generateBundle() {
    for (const name of BUILTIN_CORPORA) {
      this.emitFile({ type: "asset", fileName: `corpora/${name}.txt`, source: await builtinCorpus(name) });
    }
  },
};

/** A view's stylesheet, named as the view, holds within its panel alone: views need not know each other's class names. */
const panelStyles: Plugin = {
  name: "charloom-panel-styles",
  enforce: "pre",
  transform(code, id) {
    const view = /\/views\/[^?]*\/([a-z]+)\.css$/.exec(id)?.[1];
    return view === undefined ? null : `#panel-${view} {\n${code}\n}\n`;
  },
};

/** Has the page load a service worker that adds the headers for isolation. */
const isolation: Plugin = {
  name: "charloom-isolation",
  async generateBundle() {
    const path = createRequire(import.meta.url).resolve("coi-serviceworker");
    this.emitFile({ type: "asset", fileName: "coi-serviceworker.js", source: await readFile(path) });
  },
  transformIndexHtml: () => [{ tag: "script", attrs: { src: "./coi-serviceworker.js" }, injectTo: "head" }],
};

export default defineConfig(({ mode }) => ({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  plugins: [corpora, panelStyles, ...(mode === "isolated" ? [isolation] : [])],
  // the policy of the page allows no data: addresses but of images
  build: { outDir: "../build/web", emptyOutDir: true, target: "es2023", assetsInlineLimit: 0 },
  worker: { format: "es" },
}));
