// Bundles the command line to dist/cli/, a file for what every command needs and one for what each command needs besides: Node takes
// a millisecond to find and open a module, and a command imports a hundred. The modules' bytes and the texts stay imports; the
// libraries go in, as far as they are used, with their licences beside them.
import { readFile, rm, writeFile } from "node:fs/promises";
import { rolldown } from "rolldown";

/** The libraries that go in, by the files of their licences. */
const LIBRARIES = { commander: "LICENSE", valibot: "LICENSE.md" };

const { dependencies } = JSON.parse(await readFile("package.json", "utf8"));

const bundle = await rolldown({
  input: "src/cli/main.ts",
  platform: "node",
  external: [/^#/, ...Object.keys(dependencies).filter((name) => !(name in LIBRARIES))],
});
await rm("dist/cli", { recursive: true, force: true });
// names stay, for the traces of faults; comments go: reading them takes a tenth of the start; the maps are scripts/coverage.mjs's
await bundle.write({
  dir: "dist/cli",
  format: "esm",
  comments: false,
  chunkFileNames: "[name].js",
  sourcemap: "hidden",
});
await bundle.close();

const licences = Object.entries(LIBRARIES).map(async ([name, file]) => {
  const { version } = JSON.parse(await readFile(`node_modules/${name}/package.json`, "utf8"));
  return `${name} ${version}\n\n${(await readFile(`node_modules/${name}/${file}`, "utf8")).trim()}\n`;
});
await writeFile("dist/cli/LICENSES.txt", (await Promise.all(licences)).join("\n---\n\n"));
