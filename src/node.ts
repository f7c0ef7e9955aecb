/** The parts of the library that touch files: for Node. Everything else is in `charloom`. */

import { readModelBytes } from "./data/files.ts";
import { writeFileAtomically } from "./formats/atomic-file.ts";
import { modelFromBytes } from "./formats/model-file.ts";
import { checkSafetensorsHead } from "./formats/safetensors.ts";
import type { HostOptions, LanguageModel } from "./model/language-model.ts";
import { trainerToBytes } from "./train/checkpoint.ts";
import type { Trainer } from "./train/trainer.ts";

export { BUILTIN_CORPORA, builtinCorpus } from "./data/builtin-corpora.ts";
export { type ReadCorpusOptions, readCorpus } from "./data/corpus-files.ts";
export { FileError, readText } from "./data/files.ts";
export { writeFileAtomically } from "./formats/atomic-file.ts";

/** Writes a trainer's model, and all that `resumeTrainer` goes on from, to a file, whole or not at all. */
export function saveModel(trainer: Trainer, path: string): void {
  writeFileAtomically(path, trainerToBytes(trainer));
}

/** Reads a model from a file, to run on as many threads as `host` says. Throws a FileError or a FormatError. */
export async function loadModel(path: string, host: HostOptions = {}): Promise<LanguageModel> {
  const bytes = readModelBytes(path, (head, length) => checkSafetensorsHead(head, length, path));
  return modelFromBytes(bytes, path, host);
}
