// Compiles assembly/ with asc and hands the core to the host as source: its bytes in base64, so that every bundler and
// runtime loads it without a file or a URL, and the types of its exports, made from asc's own declarations. A target is compiled
// again when its sources, its options or the compiler changed, as many at a time as there are processors: asc takes some seconds
// each, and most builds change no assembly.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

const { targets } = JSON.parse(await readFile("asconfig.json", "utf8"));

/** What the compiled targets were compiled from. */
const STAMP = "build/wasm-sources.sha256";

const digest = await digestOf([
  "asconfig.json",
  "node_modules/assemblyscript/package.json",
  ...(await readdir("assembly", { recursive: true }))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `assembly/${name}`),
]);
const fresh = existsSync(STAMP) && (await readFile(STAMP, "utf8")) === digest;
const pending = Object.keys(targets).filter((target) => !fresh || !existsSync(targets[target].outFile));
await Promise.all(Array.from({ length: availableParallelism() }, compileNext));
await mkdir("build", { recursive: true });
await writeFile(STAMP, digest);

/** Compiles what is pending, one target after another. */
async function compileNext() {
  for (let target = pending.shift(); target !== undefined; target = pending.shift()) {
    const worker = new Worker(new URL("compile-wasm.mjs", import.meta.url), {
      workerData: { target, entry: targets[target].entry },
    });
    const [code] = await new Promise((resolve, reject) => {
      worker.once("error", reject);
      worker.once("exit", (...end) => resolve(end));
    });
    if (code !== 0) process.exit(1);
  }
}

async function digestOf(files) {
  const hash = createHash("sha256");
  for (const file of files.sort()) hash.update(`${file}\0`).update(await readFile(file));
  return hash.digest("hex");
}

const folder = "src/core/generated";
await mkdir(folder, { recursive: true });
for (const core of ["core", "core-fused", "core-threads", "core-fused-threads", "inference"]) {
  const bytes = await readFile(`build/${core}.wasm`);
  await writeIfNew(
    `${folder}/${core}-wasm.ts`,
    `// Made by scripts/build-wasm.mjs from assembly/; not for editing.
export default "${bytes.toString("base64")}";
`,
  );
  console.log(`${core}.wasm: ${bytes.length} bytes`);
}
for (const [module, name] of [
  ["core", "CoreExports"],
  ["inference", "InferenceExports"],
]) {
  const declarations = await readFile(`build/${module}.d.ts`, "utf8");
  await writeIfNew(`${folder}/${module}-exports.ts`, exportsInterface(name, declarations));
}
const { version } = JSON.parse(await readFile("package.json", "utf8"));
await writeIfNew(
  `${folder}/version.ts`,
  `// Made by scripts/build-wasm.mjs from package.json; not for editing.\nexport const VERSION = "${version}";\n`,
);

/** A file keeps its date where its text stays the same: what is made from it is then up to date. */
async function writeIfNew(path, text) {
  if (!existsSync(path) || (await readFile(path, "utf8")) !== text) await writeFile(path, text);
}

/** asc's `declare namespace` of functions, as an interface, whose memory has a type that needs no library of TypeScript's. */
function exportsInterface(name, declarations) {
  const start = declarations.indexOf("{\n") + 2;
  const body = declarations
    .slice(start, declarations.indexOf("\n}", start))
    .replace("export const memory: WebAssembly.Memory;", "readonly memory: WasmMemory;")
    .replace(/export function /g, "");
  if (!body.includes("abiVersion(): number;") || !body.includes("readonly memory: WasmMemory;"))
    throw new Error("asc's declarations: their form has changed; mend exportsInterface");
  return `// Made by scripts/build-wasm.mjs from asc's declarations; not for editing.
import type { WasmMemory } from "../host-types.ts";

export interface ${name} {
${body}
}
`;
}
