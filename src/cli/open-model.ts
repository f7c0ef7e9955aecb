import { readModelBytes } from "../data/files.ts";
import { UnknownTokenError } from "../data/vocabulary.ts";
import { modelFromBytes } from "../formats/model-file.ts";
import { checkSafetensorsHead } from "../formats/safetensors.ts";
import type { LanguageModel } from "../model/language-model.ts";

/** The bytes of a safetensors file. Throws a FileError, or a FormatError before more is read than shows that it is none. */
export function readModelFile(path: string): Uint8Array {
  return readModelBytes(path, (head, length) => checkSafetensorsHead(head, length, path));
}

/** A model from the file that a command names, to run on so many threads. Throws a FileError or a FormatError. */
export function openModel(path: string, threads: number | "auto" = 1): Promise<LanguageModel> {
  return modelFromBytes(readModelFile(path), path, { threads });
}

/** Errors of the library about a text, with the name that the user gave it in the place of the library's. */
export function namingText(error: unknown, subject: string, name: string): unknown {
  if (!(error instanceof RangeError)) return error;
  const message = error.message.startsWith(`${subject}:`) ? name + error.message.slice(subject.length) : error.message;
  const advice = error instanceof UnknownTokenError ? "; use --unknown skip, or leave it out" : "";
  return new RangeError(message + advice);
}
