/** `charloom import`: a model that PyTorch made. */

import { constants } from "node:fs";
import type { ActivationName } from "../core/engine.ts";
import { readCorpus } from "../data/corpus-files.ts";
import { readBytes } from "../data/files.ts";
import { decodeUtf8 } from "../data/text.ts";
import { type Unit, unitNoun } from "../data/unit.ts";
import { Vocabulary } from "../data/vocabulary.ts";
import { modelToBytes } from "../formats/model-file.ts";
import { FormatError } from "../formats/safetensors.ts";
import { safetensorsSource } from "../interchange/safetensors-source.ts";
import { checkpointSource, looksLikeCheckpoint } from "../interchange/torch-checkpoint.ts";
import { importTorchModel, type TensorSource } from "../interchange/torch-import.ts";
import { parseVocabulary } from "../interchange/vocabulary-file.ts";
import { parameterCount } from "../model/language-model.ts";
import { MIN_CHAR_RNN } from "../model/recipe.ts";
import { UsageError } from "./arguments.ts";
import { fileSize, grouped } from "./format.ts";
import { checkFolder, checkInputs, checkTarget, freeName, writeOutput } from "./output-file.ts";
import { Terminal } from "./terminal.ts";

export interface ImportCommandOptions {
  readonly out?: string;
  readonly vocabulary?: string;
  readonly text?: string;
  readonly unit?: Unit;
  readonly cell?: string;
  readonly activation?: ActivationName;
  readonly allowPickle?: boolean;
}

/** Runs the command; returns its exit code. */
export async function importModel(path: string, options: ImportCommandOptions): Promise<number> {
  const { out, vocabulary, text, unit, cell, activation } = options;
  if (vocabulary !== undefined && text !== undefined) {
    throw new UsageError("--text: expected a vocabulary or a text, got both");
  }
  const free = () => freeName(path, ".safetensors", "model");
  checkFolder(out ?? free(), "--out", constants.W_OK);
  if (out !== undefined) {
    checkInputs(out, [path, vocabulary, text], "--out");
    checkTarget(out);
  }
  const source = sourceOf(readBytes(path), path, options.allowPickle === true);
  const { model, step } = await importTorchModel(source, path, {
    vocabulary: vocabularyReader(options),
    unit,
    cell,
    activation,
  });
  const bytes = modelToBytes(model, step);
  const written = writeOutput(bytes, out, free);
  const { recipe } = model;
  new Terminal(false).note(
    `Wrote ${written} (${fileSize(bytes.length)}): ${recipe.cell}, ${recipe.layers} × ${grouped(recipe.hiddenSize)} hidden units, ` +
      `${grouped(model.vocabulary.size)} ${unitNoun(recipe.unit)}s, ${grouped(parameterCount(model))} parameters.`,
  );
  return 0;
}

/** A file of torch.save needs a word of the user's: elsewhere, to load one is to run it. */
function sourceOf(bytes: Uint8Array, path: string, allowPickle: boolean): TensorSource {
  if (!looksLikeCheckpoint(bytes, path)) return safetensorsSource(bytes, path);
  if (allowPickle) return checkpointSource(bytes, path);
  throw new FormatError(
    `${path}: is a pickle of torch.save; --allow-pickle reads its tensors, by a list of what is harmless, and runs nothing of it`,
  );
}

/** The tokens that the options give, if any do; those of bytes need no file. */
function vocabularyReader({ vocabulary, text, unit: given }: ImportCommandOptions) {
  if (vocabulary !== undefined) {
    return async (unit: Unit) => parseVocabulary(decodeUtf8(readBytes(vocabulary), vocabulary), vocabulary, unit);
  }
  if (text !== undefined) {
    return async (unit: Unit) => (await readCorpus([text], { ...MIN_CHAR_RNN, unit })).vocabulary;
  }
  return given === "byte" ? async () => Vocabulary.ofBytes() : undefined;
}
