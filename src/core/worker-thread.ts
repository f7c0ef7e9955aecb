/** A thread of a model: a worker, of Node or of the web, that runs the team's program. It is started, replaced if need be, and ended here. */

import type { WasmMemory, WasmModule } from "./host-types.ts";
import { builtinModule } from "./wasm-module.ts";

/** What a worker is to serve. */
interface Task {
  readonly module: WasmModule;
  readonly memory: WasmMemory;
  readonly record: number;
  readonly index: number;
  /** Indices of words of the memory: what to set, and what to wake, when this thread cannot go on. */
  readonly failed: number;
  readonly wakes: readonly number[];
}

/**
 * The worker's whole program, as source: a file of its own would have to be found again behind every bundler. It says "begun", then,
 * given a task, "ready", or what went wrong.
 */
const PROGRAM = `
const port = globalThis.process?.getBuiltinModule?.("node:worker_threads").parentPort ?? globalThis;
const begin = ({ module, memory, record, index, failed, wakes }) => {
  try {
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    port.postMessage("ready");
    exports.serve(record, index);
  } catch (error) {
    const words = new Int32Array(memory.buffer);
    Atomics.store(words, failed, 1);
    for (const word of wakes) Atomics.notify(words, word);
    port.postMessage(String(error));
  }
};
if (port === globalThis) port.onmessage = (event) => begin(event.data);
else port.once("message", begin);
port.postMessage("begun");
`;

/** A worker of either kind. */
export interface Thread {
  /** Resolves to the worker's next message; rejects if it ends or fails before. */
  message(): Promise<unknown>;
  post(task: Task): void;
  /** Calls back when the worker ends or fails. */
  onEnd(callback: (reason: string) => void): void;
  stop(): void;
}

/** Seconds for a worker to begin its program, and then to serve; either takes milliseconds. */
const START_PATIENCE = 10;
/** Workers that may fail to begin before a thread counts as impossible. */
const START_ATTEMPTS = 3;

/**
 * A thread that serves. A worker that does not begin is replaced: Firefox, on a busy machine, has been seen never to run one's program.
 * It had no task yet, so that it can do no harm should it wake up. `patience` is in seconds. Throws an Error that says how far the last
 * worker came, or what it failed at.
 */
export async function startThread(task: Task, create = createThread, patience = START_PATIENCE): Promise<Thread> {
  for (let attempt = 1; ; attempt++) {
    const thread = create();
    try {
      if ((await within(patience, thread.message())) === undefined) {
        if (attempt === START_ATTEMPTS)
          throw new Error(`worker: none of ${attempt} began within ${patience} s; use 1 thread`);
        thread.stop();
        continue;
      }
      const answer = await within(patience, answerOf(thread, task));
      if (answer === "ready") return thread;
      throw new Error(answer === undefined ? `worker: it was not ready within ${patience} s` : String(answer));
    } catch (error) {
      thread.stop();
      throw error;
    }
  }
}

function answerOf(thread: Thread, task: Task): Promise<unknown> {
  const answer = thread.message();
  thread.post(task);
  return answer;
}

/** What a promise resolves to, or undefined if it takes longer. */
async function within<T>(seconds: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    // one turn more: where this thread itself was held up, the message may be waiting behind the timer
    timer = setTimeout(() => {
      timer = setTimeout(resolve, 0, undefined);
    }, 1000 * seconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function createThread(): Thread {
  const threads = builtinModule("node:worker_threads") as typeof import("node:worker_threads") | undefined;
  return threads === undefined ? new WebThread() : new NodeThread(threads);
}

class NodeThread implements Thread {
  private readonly worker: import("node:worker_threads").Worker;
  private said: (message: unknown) => void = () => {};
  private ended: (error: Error) => void = () => {};

  constructor({ Worker }: typeof import("node:worker_threads")) {
    // none of the process's own flags: they are for its main program
    this.worker = new Worker(PROGRAM, { eval: true, execArgv: [] });
    this.worker.on("message", (message) => this.said(message));
    this.worker.on("error", (error: Error) => this.ended(error));
    this.worker.on("exit", (code) => this.ended(new Error(`worker: it ended with code ${code}`)));
  }

  message(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.said = resolve;
      this.ended = reject;
    });
  }

  post(task: Task): void {
    this.worker.postMessage(task);
  }

  onEnd(callback: (reason: string) => void): void {
    this.said = (message) => callback(String(message));
    this.ended = ({ message }) => callback(message);
    // waiting workers keep no process alive
    this.worker.unref();
    // while others were being waited for; a worker that has ended has this number
    if (this.worker.threadId === -1) callback("it ended");
  }

  stop(): void {
    void this.worker.terminate();
  }
}

class WebThread implements Thread {
  private readonly worker: Worker;
  /** Where the worker fetches its program. */
  private readonly address = URL.createObjectURL(new Blob([PROGRAM], { type: "text/javascript" }));

  constructor() {
    this.worker = new Worker(this.address);
  }

  message(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.worker.onmessage = ({ data }) => {
        // it has its program by now, and no other asks for this address
        URL.revokeObjectURL(this.address);
        resolve(data);
      };
      this.worker.onerror = ({ message }) => reject(new Error(`worker: ${message ?? "it did not start"}`));
    });
  }

  post(task: Task): void {
    this.worker.postMessage(task);
  }

  onEnd(callback: (reason: string) => void): void {
    this.worker.onmessage = ({ data }) => callback(String(data));
    this.worker.onerror = ({ message }) => callback(message);
  }

  stop(): void {
    this.worker.terminate();
    URL.revokeObjectURL(this.address);
  }
}
