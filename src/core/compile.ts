/** Compiling a module that comes as its bytes in base64 or, where the host compiles none, as the module itself. */

import { UnsupportedError } from "./errors.ts";

/** What the package's `imports` give for a build. */
export type ModuleSource = string | WebAssembly.Module;

/**
 * The module. `prepare` sees the bytes before they are compiled. Throws an UnsupportedError where the JavaScript engine lacks what
 * it needs, `features`.
 */
export async function compileSource(
  source: ModuleSource,
  features: string,
  prepare: (bytes: Uint8Array<ArrayBuffer>) => void = () => {},
): Promise<WebAssembly.Module> {
  if (typeof source !== "string") return source;
  const bytes = decode(source);
  prepare(bytes);
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    throw new UnsupportedError(
      `WebAssembly: expected an engine with ${features} (Node 20, or a browser of 2023), got one without; use the js backend`,
      { cause: error },
    );
  }
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
