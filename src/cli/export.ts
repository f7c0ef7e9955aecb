/** `charloom export`: a model in the form that something else reads. */

import { constants, existsSync, mkdirSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { FileError, fileError, readBytes } from "../data/files.ts";
import type { ExportFormat } from "../interchange/export-formats.ts";
import { torchFiles } from "../interchange/torch-export.ts";
import { type ModelWeights, readWeights } from "../interchange/weights.ts";
import { fileSize } from "./format.ts";
import { checkFolder, checkInputs, checkTarget, writeOutput } from "./output-file.ts";
import { Terminal } from "./terminal.ts";

export interface ExportCommandOptions {
  readonly to: ExportFormat;
  readonly out?: string;
}

/** Runs the command; returns its exit code. */
export async function exportModel(path: string, options: ExportCommandOptions): Promise<number> {
  const bytes = readBytes(path);
  const terminal = new Terminal(false);
  const weights = await readWeights(bytes, path);
  await toPytorch(weights, path, options.out, terminal);
  return 0;
}

/** A folder, since the module finds its weights beside it. */
async function toPytorch(weights: ModelWeights, path: string, out: string | undefined, terminal: Terminal) {
  const files = torchFiles(weights);
  const folder = out ?? freeFolder(path);
  checkFolder(folder, "--out", constants.W_OK);
  for (const name of files.keys()) checkInputs(join(folder, name), [path], "--out");
  makeFolder(folder);
  for (const name of files.keys()) checkTarget(join(folder, name));
  for (const [name, content] of files) {
    const file = writeOutput(content, join(folder, name), () => name);
    terminal.note(`Wrote ${file} (${fileSize(content.length)}).`);
  }
  terminal.note(`Try: python3 ${join(folder, "model.py")} sample`);
}

/** The model's name with -pytorch, in this folder, with a number if that is taken. */
function freeFolder(path: string): string {
  const stem = `${basename(path, extname(path)) || "model"}-pytorch`;
  let folder = stem;
  for (let number = 2; existsSync(folder); number++) folder = `${stem}-${number}`;
  return folder;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw fileError(folder, error);
    throw new FileError(`${folder}: expected a folder, got a file in ${dirname(resolve(folder))}; choose another name`);
  }
}
