// Node 20 or later:
//   node examples/embed/node.mjs
import { readFile } from "node:fs/promises";
import { trainAndReport } from "./training.mjs";

const bytes = await readFile(new URL("../../build/core.wasm", import.meta.url));
const { instance } = await WebAssembly.instantiate(bytes);
console.log(await trainAndReport(instance.exports));
