/** The playground as a folder of files that any host of static files can serve; texts that come with it lie apart. */

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

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  plugins: [corpora],
  // the policy of the page allows no data: addresses but of images
  build: { outDir: "../build/web", emptyOutDir: true, target: "es2023", assetsInlineLimit: 0 },
  worker: { format: "es" },
});
