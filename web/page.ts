/** What every view is given: the worker, how things stand, and a place to say what went wrong. */

import type { Status } from "./protocol/run.ts";
import type { WorkerClient } from "./worker-client.ts";

export interface Page {
  readonly worker: WorkerClient;
  /** The last status that the worker told. */
  status(): Status;
  /** Shows one line to the visitor, until the next one or until it is dismissed. */
  say(line: string, kind?: "fact" | "problem"): void;
  /** Waits for work and says what it was refused for; undefined then. */
  attempt<T>(work: Promise<T>): Promise<T | undefined>;
  /** Changes to another view by its name. */
  show(name: string): void;
}

/** A part of the page behind a tab. */
export interface View {
  readonly element: HTMLElement;
  /** It has come into sight; nothing need be drawn before. */
  shown?(): void;
  hidden?(): void;
}

export interface ViewEntry {
  readonly name: string;
  readonly title: string;
  readonly make: (page: Page) => View;
}
