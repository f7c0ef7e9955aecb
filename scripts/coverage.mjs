// Tells what of src/ the last `COVERAGE=on npm test` ran, by lines: what tests import, as vitest counted it, together with what ran in
// processes of the built command line, as V8 counted it there. Fails below the share that is wanted.
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { relative } from "node:path";
import { pathToFileURL } from "node:url";
import { mergeProcessCovs } from "@bcoe/v8-coverage";
import convert from "ast-v8-to-istanbul";
import coverage from "istanbul-lib-coverage";
import { parseAstAsync } from "vite";

const WANTED = 95;
/** How many of the least covered files are named. */
const NAMED = 12;

const COUNTED = "build/coverage";

const counted = coverage.createCoverageMap(JSON.parse(await readFile(`${COUNTED}/coverage-final.json`, "utf8")));
const inProcesses = await coverageOfProcesses(`${COUNTED}/processes`);

const files = counted.files().map((path) => {
  const lines = counted.fileCoverageFor(path).getLineCoverage();
  const elsewhere = inProcesses.files().includes(path) ? inProcesses.fileCoverageFor(path).getLineCoverage() : {};
  const all = Object.keys(lines);
  const missed = all.filter((line) => lines[line] === 0 && !(elsewhere[line] > 0));
  return { path: relative(".", path), all: all.length, missed };
});
const total = sum(files.map(({ all }) => all));
const covered = total - sum(files.map(({ missed }) => missed.length));
const share = (100 * covered) / total;

const worst = files.filter(({ missed }) => missed.length > 0).sort((a, b) => b.missed.length - a.missed.length);
for (const { path, all, missed } of worst.slice(0, NAMED)) {
  console.log(`${path}: ${missed.length} of ${all} lines do not run: ${ranges(missed.map(Number))}`);
}
console.log(`src: ${covered} of ${total} lines run, ${share.toFixed(1)} %; wanted are ${WANTED} %`);
process.exitCode = share >= WANTED ? 0 : 1;

/** Istanbul's map of the sources, of what ran of the bundled command line in processes of its own. */
async function coverageOfProcesses(folder) {
  const root = pathToFileURL("dist/cli/").href;
  const processes = [];
  for (const name of await readdir(folder)) {
    const counts = await readFile(`${folder}/${name}`, "utf8");
    if (!counts.endsWith("}")) continue; // of a process that was killed while it wrote them
    const { result } = JSON.parse(counts);
    processes.push({ result: result.filter(({ url }) => url.startsWith(root)) });
  }
  const map = coverage.createCoverageMap({});
  for (const script of mergeProcessCovs(processes).result) {
    const code = await readFile(new URL(script.url), "utf8");
    const mapFile = new URL(`${script.url}.map`);
    if (!existsSync(mapFile)) continue; // a file of nothing but exports from others
    const sourceMap = JSON.parse(await readFile(mapFile, "utf8"));
    map.merge(await convert({ code, sourceMap, coverage: script, ast: parseAstAsync(code) }));
  }
  return map;
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

/** "3, 7-9" */
function ranges(lines) {
  const parts = [];
  for (const line of lines.sort((a, b) => a - b)) {
    const last = parts.at(-1);
    if (last !== undefined && line === last[1] + 1) last[1] = line;
    else parts.push([line, line]);
  }
  return parts.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(", ");
}
