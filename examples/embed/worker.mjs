// A Cloudflare worker, in its own runtime, which compiles no bytes: the module is imported, as worker.capnp lists it.
//   npx workerd serve worker.capnp     in this folder, after `npm ci` there; then open http://localhost:8787/
import module from "core.wasm";
import { trainAndReport } from "training.mjs";

export default {
  async fetch() {
    const { exports } = new WebAssembly.Instance(module);
    return new Response(`${await trainAndReport(exports)}\n`);
  },
};
