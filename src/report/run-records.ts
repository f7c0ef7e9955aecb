/**
 * The log of a run, as `charloom train --log` writes it, in columns. One JSON object a line, one line a step:
 *
 *   step, loss                                        always; the loss in nats per token
 *   epoch, smoothLoss, learningRate, gradNorm, tokensPerSecond          on every line, or on none
 *   valLoss, trainLoss, sample                        where something was looked at
 *   run { corpus, unit, recipe, preset }, initialSample, initialTrainLoss          on the first line of newer logs
 *
 * Of a log of the playground a line may stand for several steps, whose means it has: `run.stepsPerLine` says so.
 *
 * A number that JSON cannot hold stands as null and is NaN here. Where a run went back after a divergence the steps that it
 * undid are dropped: of lines with the same step the last counts, and so does nothing that followed the first one. A last
 * line that is cut off, of a run that goes on or was killed, is left out.
 */

import { Column, SparseCurve } from "./growing-curve.ts";

/** What a log says of its run as a whole; older logs say nothing. */
export interface RunDescription {
  /** What the text is called. */
  readonly corpus?: string;
  /** What a token is: "character", "word" or "byte". */
  readonly unit?: string;
  /** As the log has it; what its fields mean is the reader's to check. */
  readonly recipe?: Readonly<Record<string, unknown>>;
  /** The system that it was made of. */
  readonly preset?: string;
  /** Steps of which a line has the means, where they are more than one. */
  readonly stepsPerLine?: number;
}

/** A curve: a value for each of some steps, which increase. NaN where there is none. */
export interface Curve {
  /** The steps that have a value. */
  readonly steps: ArrayLike<number>;
  /** A value for each of them. */
  readonly values: ArrayLike<number>;
}

/** A text that the model drew while it was trained. */
export interface RunSample {
  /** 0 before training. */
  readonly step: number;
  /** The text. */
  readonly text: string;
}

/** A log, in columns. */
export interface RunRecords {
  /** What the log is called in errors and headings. */
  readonly name: string;
  /** What it says of the run as a whole. */
  readonly run: RunDescription;
  /** Steps; they increase. All columns from here to tokensPerSecond have their length. */
  readonly steps: Float64Array;
  /** Passes over the text at each step, as a fraction. */
  readonly epochs: Float64Array;
  /** Nats per token, as all losses here. */
  readonly loss: Float64Array;
  /** The running mean. */
  readonly smoothLoss: Float64Array;
  /** Of each step. */
  readonly learningRate: Float64Array;
  /** Euclidean norm of all gradients before clipping. */
  readonly gradientNorm: Float64Array;
  /** Speed at each step. */
  readonly tokensPerSecond: Float64Array;
  /** Over what was kept from training. */
  readonly validationLoss: Curve;
  /** Over all training examples; step 0 is before training. */
  readonly trainLoss: Curve;
  /** By their steps. */
  readonly samples: readonly RunSample[];
  /** Each time the run went back. */
  readonly rollbacks: readonly RunRollback[];
}

/** A run went back to its last good state. */
export interface RunRollback {
  /** The step that it came from. */
  readonly from: number;
  /** The first step that it did again. */
  readonly to: number;
}

/** A line longer than this is none of a log, whatever the file may be. */
const LONGEST_LINE = 1 << 24;
const NEWLINE = 10;

/** The columns of numbers that a line has for its step, by their names in the log. */
const COLUMNS = ["epoch", "loss", "smoothLoss", "learningRate", "gradNorm", "tokensPerSecond"] as const;

/** A whole log. Throws a RangeError that names the log and the line. */
export function parseRunLog(log: string | Uint8Array, name = "log"): RunRecords {
  const reader = new RunLogReader(name);
  reader.read(typeof log === "string" ? new TextEncoder().encode(log) : log);
  return reader.finish();
}

/** Reads a log in pieces of any size: logs may be larger than a string can be. */
export class RunLogReader {
  private readonly decoder = new TextDecoder("utf-8", { fatal: true });
  private readonly steps = new Column();
  private readonly columns = COLUMNS.map(() => new Column());
  private readonly validationLoss = new SparseCurve();
  private readonly trainLoss = new SparseCurve();
  private readonly samples: RunSample[] = [];
  private readonly rollbacks: { from: number; to: number }[] = [];
  private run: RunDescription = {};
  /** Lines read. */
  private lines = 0;
  /** The beginning of the line that the next piece goes on with. */
  private rest: Uint8Array[] = [];
  private restLength = 0;

  constructor(private readonly name: string) {}

  /** The next bytes of the log. They are not kept. */
  read(piece: Uint8Array): void {
    const end = piece.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      this.readLines(joined([...this.rest, piece.subarray(0, end)]));
      this.rest = [];
      this.restLength = 0;
    }
    if (end < piece.length) this.rest.push(piece.slice(end));
    this.restLength += piece.length - end;
    if (this.restLength > LONGEST_LINE) throw this.damage(this.lines + 1, "a line of a log", "more than 16 MB");
  }

  /** What the log holds. */
  finish(): RunRecords {
    this.readLastLine(joined(this.rest));
    this.rest = [];
    if (this.steps.length === 0) throw new RangeError(`${this.name}: expected a line for each step, got none`);
    const [epochs, loss, smoothLoss, learningRate, gradientNorm, tokensPerSecond] = this.columns.map((column) =>
      column.values(),
    ) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
    return {
      name: this.name,
      run: this.run,
      steps: this.steps.values(),
      ...{ epochs, loss, smoothLoss, learningRate, gradientNorm, tokensPerSecond },
      validationLoss: this.validationLoss.curve(),
      trainLoss: this.trainLoss.curve(),
      samples: this.samples,
      rollbacks: this.rollbacks,
    };
  }

  /** Whole lines, each with its newline. */
  private readLines(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(NEWLINE, start);
      this.lines++;
      this.readLine(this.decoded(bytes.subarray(start, end)));
      start = end + 1;
    }
  }

  /** Without a newline a line may be whole or cut off, be it inside a character. */
  private readLastLine(bytes: Uint8Array): void {
    this.lines++;
    let line: string;
    try {
      line = this.decoder.decode(bytes);
      JSON.parse(line);
    } catch {
      return;
    }
    this.readLine(line);
  }

  private decoded(bytes: Uint8Array): string {
    try {
      return this.decoder.decode(bytes);
    } catch {
      throw this.damage(this.lines, "UTF-8", "other bytes");
    }
  }

  private readLine(line: string): void {
    if (line.trim() === "") return;
    let entry: unknown;
    try {
      entry = JSON.parse(line);
    } catch {
      throw this.damage(this.lines, "a JSON object", quoted(line));
    }
    if (!isObject(entry)) throw this.damage(this.lines, "a JSON object", quoted(line));
    const step = this.stepOf(entry);
    this.goBack(step);
    this.steps.push(step);
    for (const [i, field] of COLUMNS.entries()) this.columns[i]!.push(this.number(entry, field, field === "loss"));
    if (entry.valLoss !== undefined) this.validationLoss.push(step, this.number(entry, "valLoss"));
    if (entry.initialTrainLoss !== undefined) this.trainLoss.push(step - 1, this.number(entry, "initialTrainLoss"));
    if (entry.trainLoss !== undefined) this.trainLoss.push(step, this.number(entry, "trainLoss"));
    this.addSample(step - 1, this.text(entry, "initialSample"));
    this.addSample(step, this.text(entry, "sample"));
    if (entry.run !== undefined) this.run = this.description(entry.run);
  }

  /** Forgets what a run undid by beginning anew with this step. */
  private goBack(step: number): void {
    const last = this.steps.last();
    if (last === undefined || step > last) return;
    this.rollbacks.push({ from: last, to: step });
    this.steps.truncate(this.steps.firstFrom(step));
    for (const column of this.columns) column.truncate(this.steps.length);
    this.validationLoss.truncateFrom(step);
    this.trainLoss.truncateFrom(step);
    this.dropSamplesFrom(step);
  }

  private addSample(step: number, text: string | undefined): void {
    if (text === undefined) return;
    this.dropSamplesFrom(step);
    this.samples.push({ step, text });
  }

  private dropSamplesFrom(step: number): void {
    while ((this.samples.at(-1)?.step ?? -1) >= step) this.samples.pop();
  }

  private stepOf(entry: Record<string, unknown>): number {
    const { step } = entry;
    if (Number.isSafeInteger(step) && (step as number) >= 1) return step as number;
    throw this.damage(this.lines, '"step" to be a whole number from 1', shown(step));
  }

  private number(entry: Record<string, unknown>, field: string, needed = false): number {
    const value = entry[field];
    if (typeof value === "number") return value;
    if (value === null || (value === undefined && !needed)) return Number.NaN;
    throw this.damage(this.lines, `"${field}" to be a number`, shown(value));
  }

  private text(entry: Record<string, unknown>, field: string): string | undefined {
    const value = entry[field];
    if (value === undefined || value === null) return undefined;
    if (typeof value === "string") return value;
    throw this.damage(this.lines, `"${field}" to be a string`, shown(value));
  }

  private description(run: unknown): RunDescription {
    if (!isObject(run)) throw this.damage(this.lines, '"run" to be an object', shown(run));
    const { recipe } = run;
    if (recipe !== undefined && !isObject(recipe)) {
      throw this.damage(this.lines, '"recipe" to be an object', shown(recipe));
    }
    const texts = (["corpus", "unit", "preset"] as const).flatMap((field) => {
      const value = this.text(run, field);
      return value === undefined ? [] : [[field, value]];
    });
    const { stepsPerLine } = run;
    if (stepsPerLine !== undefined && !(Number.isSafeInteger(stepsPerLine) && (stepsPerLine as number) >= 1)) {
      throw this.damage(this.lines, '"stepsPerLine" to be a whole number from 1', shown(stepsPerLine));
    }
    return {
      ...Object.fromEntries(texts),
      ...(recipe === undefined ? {} : { recipe }),
      ...(stepsPerLine === undefined ? {} : { stepsPerLine: stepsPerLine as number }),
    };
  }

  private damage(line: number, expected: string, got: string): RangeError {
    return new RangeError(`${this.name}: line ${line}: expected ${expected}, got ${got}`);
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A line's beginning, for an error. */
function quoted(line: string): string {
  return line.length > 40 ? `${JSON.stringify(line.slice(0, 40))}…` : JSON.stringify(line);
}

/** A value of a line, for an error. */
function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return quoted(value);
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  return String(value);
}
