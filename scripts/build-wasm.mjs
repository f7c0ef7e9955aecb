// Compiles assembly/ with asc and hands the core to the host as source: its bytes in base64, so that every bundler and
// runtime loads it without a file or a URL, and the types of its exports, made from asc's own declarations.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import asc from "assemblyscript/asc";

const targets = [
  ["core", "assembly/index.ts"],
  ["core-fused", "assembly/index.ts"],
  ["core-threads", "assembly/index.ts"],
  ["core-fused-threads", "assembly/index.ts"],
  ["inference", "assembly/inference.ts"],
  ["kernels", "assembly/testing/kernels.ts"],
  ["kernels-fused", "assembly/testing/kernels.ts"],
];

for (const [target, entry] of targets) {
  const { error, stderr } = await asc.main([entry, "--config", "asconfig.json", "--target", target]);
  // of the optimizer's last pass over a large module; nothing comes of it
  const messages = stderr.toString().replace("Last converge was suboptimal.\n", "");
  if (messages !== "") process.stderr.write(messages);
  if (error) process.exit(1);
}

const folder = "src/core/generated";
await mkdir(folder, { recursive: true });
for (const core of ["core", "core-fused", "core-threads", "core-fused-threads", "inference"]) {
  const bytes = await readFile(`build/${core}.wasm`);
  await writeFile(
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
  await writeFile(`${folder}/${module}-exports.ts`, exportsInterface(name, declarations));
}
const { version } = JSON.parse(await readFile("package.json", "utf8"));
await writeFile(
  `${folder}/version.ts`,
  `// Made by scripts/build-wasm.mjs from package.json; not for editing.\nexport const VERSION = "${version}";\n`,
);

/** asc's `declare namespace` of functions, as an interface. */
function exportsInterface(name, declarations) {
  const start = declarations.indexOf("{\n") + 2;
  const body = declarations
    .slice(start, declarations.indexOf("\n}", start))
    .replace(/export const (\w+): /g, "readonly $1: ")
    .replace(/export function /g, "");
  if (!body.includes("abiVersion(): number;"))
    throw new Error("asc's declarations: their form has changed; mend exportsInterface");
  return `// Made by scripts/build-wasm.mjs from asc's declarations; not for editing.\nexport interface ${name} {\n${body}\n}\n`;
}
