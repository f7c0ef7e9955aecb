// Bun, which `npm ci` in this folder installs too (npx bun …):
//   bun examples/embed/bun.mjs
import { trainAndReport } from "./training.mjs";

const bytes = await Bun.file(new URL("../../build/core.wasm", import.meta.url)).arrayBuffer();
const { instance } = await WebAssembly.instantiate(bytes);
console.log(await trainAndReport(instance.exports));
