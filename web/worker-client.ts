/** The page's end of the protocol: calls to the worker as promises, and its events. */

import type { Argument, CallName, EventName, Events, Message, Result } from "./protocol/protocol.ts";

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** What the worker refused, with a reason for the visitor. */
class RefusedError extends Error {
  override readonly name = "RefusedError";
}

export class WorkerClient {
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  private readonly listeners = new Map<EventName, Set<(value: never) => void>>();
  private lastCall = 0;

  /** `onLost` is told why the worker is gone, should that happen: no call is answered any more. */
  constructor(onLost: (reason: string) => void) {
    this.worker = new Worker(new URL("./worker/worker.ts", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }: MessageEvent<Message>) => this.hear(data);
    this.worker.onerror = (event) => {
      const reason = event.message || "the worker could not be started";
      for (const { reject } of this.pending.values()) reject(new Error(reason));
      this.pending.clear();
      onLost(reason);
    };
  }

  /** Rejects with a RefusedError that says, in one line, what is wrong. */
  call<Name extends CallName>(
    name: Name,
    ...[argument]: Argument<Name> extends undefined ? [] : [Argument<Name>]
  ): Promise<Result<Name>> {
    const id = ++this.lastCall;
    return new Promise<Result<Name>>((resolve, reject) => {
      this.pending.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.worker.postMessage({ id, name, argument });
    });
  }

  /** Has `listener` hear of every event of a name from now on; returns what ends that. */
  on<Name extends EventName>(name: Name, listener: (value: Events[Name]) => void): () => void {
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners.add(listener as (value: never) => void));
    return () => listeners.delete(listener as (value: never) => void);
  }

  private hear(message: Message): void {
    if (message.kind === "event") {
      for (const listener of this.listeners.get(message.name) ?? []) listener(message.value as never);
      return;
    }
    const pending = this.pending.get(message.id);
    this.pending.delete(message.id);
    if (message.kind === "answer") pending?.resolve(message.result);
    else pending?.reject(new RefusedError(message.reason));
  }
}
