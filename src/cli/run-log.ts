/**
 * `--log`: one JSON object a line, a line a step, gathered and written in large pieces so that logging costs a step next to
 * nothing. What is learnt of a step after it, such as a sample, is added to its line; so the last line is held back.
 */

import { closeSync, openSync, writeSync } from "node:fs";
import { type FileError, fileError } from "../data/files.ts";

const PIECE = 1 << 16;

type Entry = Readonly<Record<string, unknown>>;

export class RunLog {
  /** Why the log has ended before the run, if it has. */
  failure: FileError | undefined;
  private readonly file: number;
  private lines = "";
  /** The last line, or, before the first, what belongs to that one. */
  private held: Entry = {};
  private started = false;

  /** Creates the file, or empties it. Throws a FileError. */
  constructor(private readonly path: string) {
    try {
      this.file = openSync(path, "w");
    } catch (error) {
      throw fileError(path, error);
    }
  }

  /** Begins the line of a step. Never throws: a log that cannot be written must not cost the run. See `failure`. */
  write(entry: Entry): void {
    if (this.started) this.take();
    this.held = this.started ? entry : { ...entry, ...this.held };
    this.started = true;
    if (this.lines.length >= PIECE) this.flush();
  }

  /** Adds to the last line; before the first, to that. */
  add(fields: Entry): void {
    this.held = { ...this.held, ...fields };
  }

  /** Writes all lines but the last. */
  flush(): void {
    const bytes = Buffer.from(this.lines);
    this.lines = "";
    if (this.failure !== undefined) return;
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.file, bytes, written);
    } catch (error) {
      this.failure = fileError(this.path, error);
    }
  }

  /** Writes what is left. */
  close(): void {
    if (this.started) this.take();
    this.flush();
    closeSync(this.file);
  }

  private take(): void {
    this.lines += `${JSON.stringify(this.held)}\n`;
  }
}
