/**
 * Standard output and error that break: a reader that had enough (`| head`) is no fault, and what follows goes nowhere; a full
 * disk is one, and the command says so once it has saved what it can. Without these listeners either would end the process.
 */

import { fileError } from "../data/files.ts";

const broken = new Set<NodeJS.WriteStream>();
let failure: Error | undefined;

/** To be called once, before anything is written. */
export function guardStreams(): void {
  for (const [stream, name] of [
    [process.stdout, "standard output"],
    [process.stderr, "standard error"],
  ] as const) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      broken.add(stream);
      const closed = error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED";
      if (!closed) failure ??= fileError(name, error);
    });
  }
}

/** Whether nothing can be written to a stream any more. */
export function isBroken(stream: NodeJS.WriteStream): boolean {
  return broken.has(stream);
}

/** What broke a stream, other than its reader leaving. */
export function streamFailure(): Error | undefined {
  return failure;
}
