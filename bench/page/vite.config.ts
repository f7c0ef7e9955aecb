import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

// what threads and fine clocks want of a page's headers
const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

// the other built-in corpus, which reads a file: the bench never asks for it
const UNUSED = ["dinosaurs"];

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  build: { outDir: "../../build/bench-page", emptyOutDir: true, rolldownOptions: { external: UNUSED } },
  worker: { format: "es", rolldownOptions: { external: UNUSED } },
  preview: { host: "127.0.0.1", headers: ISOLATION },
});
