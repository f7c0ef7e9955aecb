import { instantiateCore, NUMERICS, type Numerics } from "../src/core/wasm-module.ts";

/**
 * The numerics classes that this JavaScript engine has. Where relaxed SIMD is behind a flag, as in Node 20, it is on after this:
 * the library has seen to it.
 */
export async function supportedNumerics(): Promise<Numerics[]> {
  const supported: Numerics[] = [];
  for (const numerics of NUMERICS) {
    try {
      await instantiateCore(numerics);
      supported.push(numerics);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return supported;
}
