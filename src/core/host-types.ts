/**
 * What the host has that JavaScript itself has not, in types that stand by themselves: TypeScript knows WebAssembly only by its `dom`
 * library and AbortSignal by that or by @types/node, and a project with neither shall still read our declarations.
 */

/** The instances of a class of WebAssembly's. */
type HostType<Name extends string, Otherwise> = typeof globalThis extends {
  readonly WebAssembly: Readonly<Record<Name, { readonly prototype: infer Instance }>>;
}
  ? Instance
  : Otherwise;

/** A compiled module, as `WebAssembly.compile` gives it: a `WebAssembly.Module` where TypeScript knows that, else any object. */
export type WasmModule = HostType<"Module", object>;

/** A module's memory: a `WebAssembly.Memory` where TypeScript knows that. */
export type WasmMemory = HostType<"Memory", MemoryBytes>;

/** What any memory has. */
export interface MemoryBytes {
  /** Another object once the memory has grown. */
  readonly buffer: ArrayBuffer;
}

/** What ends a long call: an `AbortSignal`, or anything else that throws its reason once it is to end. */
export interface AbortSignalLike {
  /** Throws the reason if the call is to end, else does nothing. */
  throwIfAborted(): void;
}
