/**
 * What the host has that JavaScript itself has not, in types that stand by themselves: TypeScript knows WebAssembly only by its `dom`
 * library and AbortSignal by that or by @types/node, and a project with neither shall still read our declarations.
 */

type HostWebAssembly = typeof globalThis extends { readonly WebAssembly: infer Namespace } ? Namespace : unknown;

/** A compiled module, as `WebAssembly.compile` gives it: a `WebAssembly.Module` where TypeScript knows that, else any object. */
export type WasmModule = HostWebAssembly extends { readonly Module: { readonly prototype: infer Module } }
  ? Module
  : object;

/** A module's memory: a `WebAssembly.Memory` where TypeScript knows that, else what it certainly has. */
export type WasmMemory = HostWebAssembly extends { readonly Memory: { readonly prototype: infer Memory } }
  ? Memory
  : { readonly buffer: ArrayBuffer };

/** What ends a long call: an `AbortSignal`, or anything else that throws its reason once it is to end. */
export interface AbortSignalLike {
  /** Throws the reason if the call is to end, else does nothing. */
  throwIfAborted(): void;
}
