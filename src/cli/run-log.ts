/** `--log`: one JSON object a line, gathered and written in large pieces so that logging costs a step next to nothing. */

import { closeSync, openSync, writeSync } from "node:fs";
import { type FileError, fileError } from "../data/files.ts";

const PIECE = 1 << 16;

export class RunLog {
  /** Why the log has ended before the run, if it has. */
  failure: FileError | undefined;
  private readonly file: number;
  private lines = "";

  /** Creates the file, or empties it. Throws a FileError. */
  constructor(private readonly path: string) {
    try {
      this.file = openSync(path, "w");
    } catch (error) {
      throw fileError(path, error);
    }
  }

  /** Never throws: a log that cannot be written must not cost the run. See `failure`. */
  write(entry: Readonly<Record<string, number>>): void {
    if (this.failure !== undefined) return;
    this.lines += `${JSON.stringify(entry)}\n`;
    if (this.lines.length >= PIECE) this.flush();
  }

  flush(): void {
    const bytes = Buffer.from(this.lines);
    this.lines = "";
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.file, bytes, written);
    } catch (error) {
      this.failure ??= fileError(this.path, error);
    }
  }

  close(): void {
    this.flush();
    closeSync(this.file);
  }
}
