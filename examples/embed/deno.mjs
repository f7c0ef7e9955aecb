// Deno, which `npm ci` in this folder installs too (npx deno run …):
//   deno run --allow-read examples/embed/deno.mjs
import { trainAndReport } from "./training.mjs";

const bytes = await Deno.readFile(new URL("../../build/core.wasm", import.meta.url));
const { instance } = await WebAssembly.instantiate(bytes);
console.log(await trainAndReport(instance.exports));
