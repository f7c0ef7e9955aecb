/** `charloom report`: the log of a run as a page. */

import { constants, fstatSync, statSync } from "node:fs";
import { basename } from "node:path";
import { inputName, readPieces, STANDARD_INPUT } from "../data/files.ts";
import { reportPage } from "../report/report-page.ts";
import { RunLogReader, type RunRecords } from "../report/run-records.ts";
import { UsageError } from "./arguments.ts";
import { counted, fileSize } from "./format.ts";
import { checkFolder, checkInputs, checkTarget, freeName, writeOutput } from "./output-file.ts";
import { Terminal } from "./terminal.ts";

export interface ReportCommandOptions {
  readonly out?: string;
}

/** Runs the command; returns its exit code. */
export async function report(log: string, options: ReportCommandOptions): Promise<number> {
  const { out } = options;
  const free = () => freeName(log === STANDARD_INPUT ? "report" : log, ".html", "report");
  if (out !== "-") {
    checkFolder(out ?? free(), "--out", constants.W_OK);
    if (out !== undefined) checkOut(out, log);
  }
  const records = await readLog(log);
  const page = reportPage(records);
  const terminal = new Terminal(false);
  if (out === "-") {
    await terminal.output(page);
    return 0;
  }
  const bytes = Buffer.from(page);
  const path = writeOutput(bytes, out, free);
  terminal.note(`Wrote ${path} (${fileSize(bytes.length)}): ${contents(records)}.`);
  return 0;
}

function contents({ steps, samples }: RunRecords): string {
  const drawn = samples.length === 0 ? "" : `, ${counted(samples.length, "sample")}`;
  return `${counted(steps.length, "step")}${drawn}`;
}

/** The page can be written there, and not over the log. */
function checkOut(out: string, log: string): void {
  if (log !== STANDARD_INPUT) checkInputs(out, [log], "--out");
  else if (isStandardInput(out)) throw new UsageError(`--out: "${out}" is the log itself; choose another name`);
  checkTarget(out);
}

/** Whether a file is what the shell gave as standard input. */
function isStandardInput(path: string): boolean {
  const file = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (file === undefined) return false;
  try {
    const input = fstatSync(0, { bigint: true });
    return file.dev === input.dev && file.ino === input.ino;
  } catch {
    return false; // closed; reading it will say so
  }
}

async function readLog(log: string): Promise<RunRecords> {
  const name = inputName(log);
  const reader = new RunLogReader(name);
  for await (const piece of readPieces(log)) reader.read(piece);
  return { ...reader.finish(), name: basename(name) };
}
