/**
 * Where the module's files are, for hosts that fetch and compile them while they arrive: then the bytes travel once, as
 * `application/wasm`, and not inside the JavaScript.
 *
 *     const module = await WebAssembly.compileStreaming(fetch(coreUrl));
 *     const trainer = await createTrainer(text, {}, { module });
 *
 * Vite, webpack and whoever else knows `new URL(…, import.meta.url)` copies the files beside the bundle; esbuild and rollup do
 * not, for which `charloom/core.wasm` is a path to import or to copy.
 */

/** The module for strict numerics, with a memory of its own: for one thread. */
export const coreUrl: URL = new URL("../../build/core.wasm", import.meta.url);

/** The same for fused numerics. */
export const coreFusedUrl: URL = new URL("../../build/core-fused.wasm", import.meta.url);

/** The module without training, of `charloom/inference`. */
export const inferenceUrl: URL = new URL("../../build/inference.wasm", import.meta.url);
