/** Standard output for results, standard error for a live line of progress; the two do not write over each other. */

import { isBroken } from "./streams.ts";

/** Whether colour may be used on a stream: a terminal, and nobody said no (https://no-color.org). */
function hasColour(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && (process.env.NO_COLOR ?? "") === "" && process.env.TERM !== "dumb";
}

export class Terminal {
  /** Whether a person watches the progress. */
  readonly live = process.stderr.isTTY === true;
  private readonly dimOutput = hasColour(process.stdout);
  private liveLine = false;

  constructor(readonly quiet: boolean) {}

  /** Whether nobody reads standard output any more. */
  get outputClosed(): boolean {
    return isBroken(process.stdout);
  }

  /** Results, to standard output. Resolves when more may be written. */
  async output(text: string): Promise<void> {
    if (this.outputClosed) return;
    this.clearLive();
    if (process.stdout.write(text)) return;
    // not events.once: it rejects on "error", which is dealt with elsewhere
    const events = ["drain", "error", "close"];
    await new Promise<void>((resolve) => {
      const go = () => {
        for (const event of events) process.stdout.off(event, go);
        resolve();
      };
      for (const event of events) process.stdout.on(event, go);
    });
  }

  /** A heading among the results, dim where colour is allowed. */
  heading(text: string): string {
    return this.dimOutput ? `\x1b[2m${text}\x1b[22m` : text;
  }

  /** A whole line for the reader, to standard error. */
  note(text: string): void {
    if (this.quiet || isBroken(process.stderr)) return;
    this.clearLive();
    process.stderr.write(`${text}\n`);
  }

  /** The same of something that went wrong: quiet or not. */
  warn(text: string): void {
    if (isBroken(process.stderr)) return;
    this.clearLive();
    process.stderr.write(`${text}\n`);
  }

  /** The live line; nothing where standard error is no terminal. */
  progress(text: string): void {
    if (this.quiet || !this.live || isBroken(process.stderr)) return;
    // some terminals say that they have no columns
    const width = (process.stderr.columns || 80) - 1;
    process.stderr.write(`\r\x1b[K${text.slice(0, width)}`);
    this.liveLine = true;
  }

  clearLive(): void {
    if (!this.liveLine) return;
    process.stderr.write("\r\x1b[K");
    this.liveLine = false;
  }
}
