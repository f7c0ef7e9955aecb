/** Where a run's model goes: checkpoints, copies of the last few and of the best, and the model at the end. */

import { readdirSync, unlinkSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileError } from "../data/files.ts";
import { sweepOrphans } from "../formats/atomic-file.ts";
import { writeOutput } from "./output-file.ts";

export interface Keep {
  /** How many numbered copies of checkpoints stay; 0 for none. */
  readonly last: number;
  /** Whether the model of the least validation loss has a file of its own. */
  readonly best: boolean;
}

export class ModelWriter {
  /** The step of what was written last; undefined before. */
  writtenStep: number | undefined;

  /** Writes to `path` or, if that is undefined, to a name that is free, which is then the run's. */
  constructor(
    private path: string | undefined,
    private readonly free: () => string,
    private readonly keep: Keep,
  ) {}

  get keepsBest(): boolean {
    return this.keep.best;
  }

  /** Removes what runs that were killed while they wrote have left in the folder. */
  sweep(): void {
    sweepOrphans(this.path ?? this.free());
  }

  /** Returns where the model went. Throws a FileError, with what stood there as it was. */
  write(bytes: Uint8Array, step: number): string {
    this.path = writeOutput(bytes, this.path, this.free);
    if (this.keep.last > 0) this.writeCopy(bytes, this.path, step);
    this.writtenStep = step;
    return this.path;
  }

  /** Writes the best model beside the run's own. Throws a FileError. */
  writeBest(bytes: Uint8Array): void {
    this.path ??= writeOutput(bytes, undefined, this.free); // its name is taken by then
    writeOutput(bytes, beside(this.path, "-best"), this.free);
  }

  private writeCopy(bytes: Uint8Array, path: string, step: number): void {
    writeOutput(bytes, beside(path, `-step${step}`), this.free);
    // copies of later steps are of a run that was taken up again before them: not ours to remove
    const steps = copiesOf(path).filter((copy) => copy <= step);
    for (const old of steps.slice(0, -this.keep.last)) remove(beside(path, `-step${old}`));
  }
}

/** "models/book.safetensors" with "-best" as "models/book-best.safetensors". */
function beside(path: string, suffix: string): string {
  const extension = extname(path);
  return join(dirname(path), `${basename(path, extension)}${suffix}${extension}`);
}

/** The steps of the numbered copies of a file, in order. */
function copiesOf(path: string): number[] {
  const extension = extname(path);
  const stem = `${basename(path, extension)}-step`;
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(stem) && name.endsWith(extension))
    .map((name) => name.slice(stem.length, name.length - extension.length))
    .filter((number) => /^(0|[1-9]\d*)$/.test(number))
    .map(Number)
    .sort((a, b) => a - b);
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    throw fileError(path, error);
  }
}
