/**
 * What importing `charloom/core.wasm` or its like gives where host or bundler make modules of such files, Cloudflare's workers for
 * one: declarations alone, the files themselves are in build/.
 */

import type { WasmModule } from "./core/host-types.ts";

declare const compiled: WasmModule;
export default compiled;
