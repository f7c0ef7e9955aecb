/** A corpus from files, read in pieces: as large as memory holds at one, two or four bytes a token. Node only. */

import { InvalidValueError } from "../core/errors.ts";
import type { AbortSignalLike } from "../core/host-types.ts";
import { type Corpus, CorpusBuilder, type CorpusSettings } from "./corpus.ts";
import { inputName, readPieces, STANDARD_INPUT } from "./files.ts";
import { NewlineFolder, Utf8Decoder } from "./text.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** How files become a corpus. */
export interface ReadCorpusOptions {
  /** Whether "\r\n" becomes "\n", which it does not if left out; "\r" alone stays. */
  readonly foldNewlines?: boolean;
  /** The vocabulary to read in, a model's for one; the text's own if left out. */
  readonly vocabulary?: Vocabulary | undefined;
  /** Ends the reading, between two pieces of 1 MiB, with its reason. */
  readonly signal?: AbortSignalLike | undefined;
}

/**
 * The texts of several files, one after another, as one corpus; "-" is standard input. Throws a FileError, or a RangeError for
 * a file that is empty or not UTF-8 (any bytes will do if bytes are the unit), or for too little text.
 */
export async function readCorpus(
  paths: readonly string[],
  settings: CorpusSettings,
  { foldNewlines = false, vocabulary, signal }: ReadCorpusOptions = {},
): Promise<Corpus> {
  signal?.throwIfAborted();
  const builder = new CorpusBuilder(settings);
  for (const path of paths) {
    const name = inputName(path);
    const folder = foldNewlines ? new NewlineFolder() : undefined;
    const decoder = settings.unit === "byte" ? undefined : new Utf8Decoder(name);
    const take = (bytes: Uint8Array) => {
      if (decoder === undefined) builder.addBytes(bytes);
      else builder.addText(decoder.write(bytes));
    };
    let size = 0;
    for await (const piece of readPieces(path)) {
      size += piece.length;
      take(folder?.write(piece) ?? piece);
      signal?.throwIfAborted();
    }
    if (size === 0) {
      throw new InvalidValueError(
        `${name}: expected text, got ${path === STANDARD_INPUT ? "nothing" : "an empty file"}`,
      );
    }
    if (folder !== undefined) take(folder.end());
    if (decoder !== undefined) builder.addText(decoder.end());
    builder.endFile();
  }
  return builder.finish(vocabulary);
}
