/**
 * `--log`: one JSON object a line, a line a step, gathered and written in large pieces so that logging costs a step next to
 * nothing. What is learnt of a step after it, such as a sample, is added to its line; so the last line is held back.
 */

import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
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

  /** Whether the log begins with this run's next line. */
  readonly isNew: boolean;

  /**
   * Creates the file, or empties it; of a run that is taken up after `steps`, goes on where they end in it, over the lines of later
   * ones. Throws a FileError.
   */
  constructor(
    private readonly path: string,
    steps?: number,
  ) {
    try {
      this.file = steps === undefined ? openSync(path, "w") : openToAppend(path, steps);
      this.isNew = fstatSync(this.file).size === 0;
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

/** Opens a log behind its last line of a step that is not after `steps`. What follows, be it cut off, is of steps that were lost. */
function openToAppend(path: string, steps: number): number {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o666);
  try {
    if (fstatSync(file).isFile()) ftruncateSync(file, endOfStep(file, steps));
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return file;
}

const NEWLINE = 10;
/** A line begins with its step. */
const STEP = /^\{"step":(\d+)[,}]/;

function endOfStep(file: number, steps: number): number {
  const piece = Buffer.alloc(PIECE);
  let end = 0;
  /** The beginning of the line that is being read: enough for its step. */
  let head = "";
  for (let offset = 0; ; ) {
    const bytes = readSync(file, piece, 0, PIECE, offset);
    if (bytes === 0) return end;
    for (let start = 0; start < bytes; ) {
      const newline = piece.subarray(0, bytes).indexOf(NEWLINE, start);
      const stop = newline < 0 ? bytes : newline;
      if (head.length < 40) head += piece.toString("latin1", start, Math.min(stop, start + 40));
      if (newline >= 0) {
        const [, step] = STEP.exec(head) ?? [];
        if (step !== undefined && Number(step) <= steps) end = offset + newline + 1;
        head = "";
      }
      start = stop + 1;
    }
    offset += bytes;
  }
}
