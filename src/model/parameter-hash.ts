import type { Engine } from "../core/engine.ts";

/**
 * SHA-256, in hexadecimal, of all parameters: their float32 values, little-endian and row-major, in the order of
 * `engine.tensors`. Equal recipes, texts and seeds give equal hashes on every engine with SIMD WebAssembly. In a browser it
 * needs a secure context (https or localhost).
 */
export async function parameterHash(engine: Engine): Promise<string> {
  const arrays = engine.tensors.filter(({ role }) => role === "parameter").map(({ name }) => engine.readTensor(name));
  const bytes = new DataView(new ArrayBuffer(4 * arrays.reduce((sum, array) => sum + array.length, 0)));
  let offset = 0;
  for (const array of arrays) {
    for (let i = 0; i < array.length; i++, offset += 4) bytes.setFloat32(offset, array[i]!, true);
  }
  const digest = await crypto.subtle.digest("SHA-256", bytes.buffer);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
