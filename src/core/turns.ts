/** Sharing a thread with other work: a long loop asks now and then whether its turn is over, and lets others have theirs. */

import type { AbortSignalLike } from "./host-types.ts";

/** How many milliseconds a loop keeps the thread where nobody says otherwise. */
export const SLICE_MILLISECONDS = 20;

/** The turns of one loop, which `signal` can end with its reason. */
export class Turns {
  private start = performance.now();

  /** Throws the signal's reason where it has been aborted already. */
  constructor(
    private readonly signal?: AbortSignalLike,
    private readonly milliseconds = SLICE_MILLISECONDS,
  ) {
    signal?.throwIfAborted();
  }

  /** Whether the loop should await `next` before it goes on: asked first, since awaiting costs more than a short step. */
  get over(): boolean {
    return performance.now() - this.start >= this.milliseconds;
  }

  /** Lets timers, input and output have the thread. */
  async next(): Promise<void> {
    await laterTurn();
    this.start = performance.now();
  }

  /** Throws the signal's reason once it is aborted. */
  check(): void {
    this.signal?.throwIfAborted();
  }
}

/** Resolves after what waits for the thread by now; of pages by a message, since they make timers in a row wait 4 ms each. */
function laterTurn(): Promise<void> {
  const { setImmediate, MessageChannel } = globalThis as {
    setImmediate?: (callback: () => void) => void;
    MessageChannel?: typeof globalThis.MessageChannel;
  };
  return new Promise((resolve) => {
    if (setImmediate !== undefined) setImmediate(resolve);
    else if (MessageChannel === undefined) setTimeout(resolve);
    else {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(undefined);
    }
  });
}
