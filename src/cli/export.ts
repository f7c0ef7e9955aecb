/** `charloom export`: a model in the form that something else reads. */

import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { FileError, fileError } from "../data/files.ts";
import { writeSafetensors } from "../formats/safetensors.ts";
import { EXPORT_ENDINGS, type ExportFormat } from "../interchange/export-formats.ts";
import { modelJson } from "../interchange/json-export.ts";
import { onnxModel } from "../interchange/onnx-export.ts";
import { eightBitTensors, halfTensors } from "../interchange/smaller.ts";
import { torchFiles } from "../interchange/torch-export.ts";
import { MODULE_FILE } from "../interchange/torch-module.ts";
import { type ModelWeights, readWeights } from "../interchange/weights.ts";
import { UsageError } from "./arguments.ts";
import { compareLosses } from "./compare-losses.ts";
import { fileSize } from "./format.ts";
import { readModelFile } from "./open-model.ts";
import { checkFolder, checkInputs, checkTarget, freeName, writeOutput } from "./output-file.ts";
import { Terminal } from "./terminal.ts";

export interface ExportCommandOptions {
  readonly to: ExportFormat;
  readonly out?: string;
  readonly weightsOnly?: boolean;
  readonly half?: boolean;
  readonly int8?: boolean;
  readonly text?: string;
}

/** Runs the command; returns its exit code. */
export async function exportModel(path: string, options: ExportCommandOptions): Promise<number> {
  const { to, out, text } = options;
  checkOptions(options);
  const terminal = new Terminal(false);
  if (to === "pytorch") {
    await exportFolder(path, out, terminal);
    return 0;
  }
  const free = () => freeName(path, `${smaller(options)}${EXPORT_ENDINGS[to]}`, "model");
  checkFolder(out ?? free(), "--out", constants.W_OK);
  if (out !== undefined) {
    checkInputs(out, [path, text], "--out");
    checkTarget(out);
  }
  const given = readModelFile(path);
  const weights = await readWeights(given, path);
  const bytes = fileOf(weights, given, options);
  // before the file: a text that cannot be read is a reason to write nothing
  const losses = options.half || options.int8 ? await compareLosses(weights.model, bytes, path, text) : undefined;
  const written = writeOutput(bytes, out, free);
  terminal.note(`Wrote ${written} (${fileSize(bytes.length)}, from ${fileSize(given.length)}).`);
  if (losses !== undefined) terminal.note(losses);
  return 0;
}

/** What a smaller model's name says that the model's own does not. */
function smaller({ half, int8 }: ExportCommandOptions): string {
  if (half === true) return "-half";
  return int8 === true ? "-int8" : "";
}

function checkOptions({ to, weightsOnly, half, int8, text }: ExportCommandOptions): void {
  for (const [option, given] of [
    ["--weights-only", weightsOnly],
    ["--half", half],
    ["--int8", int8],
  ] as const) {
    if (given === true && to !== "safetensors") {
      throw new UsageError(
        `${option}: expected --to safetensors, got --to ${to}; other forms hold the weights alone, in full`,
      );
    }
  }
  if (half === true && int8 === true) throw new UsageError("--int8: expected one of --half and --int8, got both");
  if (text !== undefined && half !== true && int8 !== true) {
    throw new UsageError("--text: expected --half or --int8, whose loss it is to tell, got neither");
  }
}

function fileOf(
  weights: ModelWeights,
  given: Uint8Array,
  { to, weightsOnly, half, int8 }: ExportCommandOptions,
): Uint8Array {
  const { tensors, metadata } = weights;
  if (to === "onnx") return onnxModel(weights);
  if (to === "json") return Buffer.concat(Array.from(modelJson(weights), (piece) => Buffer.from(piece)));
  if (half === true) return writeSafetensors(halfTensors(tensors), metadata);
  if (int8 === true) return writeSafetensors(eightBitTensors(tensors), metadata);
  return weightsOnly === true ? writeSafetensors(tensors, metadata) : given;
}

/** A folder, since PyTorch's module finds its weights beside it. */
async function exportFolder(path: string, out: string | undefined, terminal: Terminal): Promise<void> {
  const folder = out ?? freeFolder(path);
  checkFolder(folder, "--out", constants.W_OK);
  const files = torchFiles(await readWeights(readModelFile(path), path));
  makeFolder(folder);
  for (const name of files.keys()) checkInputs(join(folder, name), [path], "--out");
  for (const name of files.keys()) checkTarget(join(folder, name));
  for (const [name, content] of files) {
    const file = writeOutput(content, join(folder, name), () => name);
    terminal.note(`Wrote ${file} (${fileSize(content.length)}).`);
  }
  terminal.note(`python3 ${join(folder, MODULE_FILE)} sample draws from it.`);
}

/** The folder alone, not those around it: a wrong path is to be told, not made. */
function makeFolder(folder: string): void {
  try {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false) {
      throw new FileError(`${folder}: expected a folder, got a file; choose another name`);
    }
    if (!existsSync(folder)) mkdirSync(folder);
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw error instanceof FileError ? error : fileError(folder, error);
  }
}

/** The model's name with -pytorch, in this folder, with a number if that is taken. */
function freeFolder(path: string): string {
  const stem = `${basename(path, extname(path)) || "model"}${EXPORT_ENDINGS.pytorch}`;
  let folder = stem;
  for (let number = 2; existsSync(folder); number++) folder = `${stem}-${number}`;
  return folder;
}
