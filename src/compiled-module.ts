/**
 * What importing `charloom/core.wasm` or its like gives where host or bundler make modules of such files, Cloudflare's workers for
 * one: declarations alone, the files themselves are in build/.
 */
declare const compiled: WebAssembly.Module;
export default compiled;
