/** What a model may take: asked before anything is allocated, since a system that overcommits says no only by killing. */

import { InvalidValueError } from "./errors.ts";
import { builtinModule } from "./wasm-module.ts";

/** Bytes of memory that this process can have at all, in its container if it is in one; Infinity where the host does not say. */
function machineMemory(): number {
  const os = builtinModule("node:os") as { totalmem(): number } | undefined;
  if (os === undefined) return Number.POSITIVE_INFINITY;
  const { process } = globalThis as { process?: { constrainedMemory?: () => number } };
  const bound = process?.constrainedMemory?.() ?? 0;
  return bound > 0 ? Math.min(bound, os.totalmem()) : os.totalmem();
}

/** Throws a RangeError where `what` of a model needs more bytes than the machine, or a memory of `most`, has. */
export function checkMemory(bytes: number, what: string, most = Number.POSITIVE_INFINITY, of = ""): void {
  const machine = machineMemory();
  if (bytes <= Math.min(machine, most)) return;
  const bound = most < machine ? `the ${gibibytes(most)} of ${of}` : `the ${gibibytes(machine)} of this machine`;
  throw new InvalidValueError(
    `model: ${what} need more than ${bound}, ${bytes} bytes (${gibibytes(bytes)}); choose smaller ones`,
  );
}

function gibibytes(bytes: number): string {
  return `${Number((bytes / 2 ** 30).toPrecision(3))} GiB`;
}
