/**
 * What identifies the data of a run: SHA-256 of what the model sees, not of a file's bytes, so that it is the same text
 * whether it came from files, a pipe or a string, with CR LF folded or never there. In this order, whole numbers as this host has them, little-endian:
 *
 *   the vocabulary, a JSON list in UTF-8
 *   a zero byte, then where each line begins and the last one ends, 8 bytes each; of a stream nothing
 *   a zero byte, then the tokens, 1, 2 or 4 bytes each, as few as the vocabulary needs
 *
 * How much of the text is kept to validate on does not show.
 */

import type { TokenizedText } from "./corpus.ts";
import { createSha256 } from "./sha256.ts";
import type { TokenList } from "./token-list.ts";
import type { Vocabulary } from "./vocabulary.ts";

const ZERO = new Uint8Array(1);

/** The hash, in hexadecimal, of a text in its two parts, as TokenizedText.split makes them. */
export function textHash(vocabulary: Vocabulary, training: TokenizedText, validation?: TokenizedText): string {
  const hash = createSha256();
  hash.update(new TextEncoder().encode(JSON.stringify(vocabulary.tokens)));
  hash.update(ZERO);
  if (training.starts !== undefined) {
    hash.update(bytesOf(training.starts));
    // the parts share one start: where the first ends, the second begins
    if (validation?.starts !== undefined) hash.update(bytesOf(validation.starts.subarray(1)));
  }
  hash.update(ZERO);
  // the parts of a stream follow one another; those of lines share all tokens
  const lists = training.starts === undefined && validation !== undefined ? [training, validation] : [training];
  for (const { tokens } of lists) for (const piece of piecesOf(tokens, vocabulary.size)) hash.update(bytesOf(piece));
  return hash.finish();
}

/** The tokens in the narrowest whole numbers that hold the vocabulary, without a copy where they are kept so. */
function* piecesOf(tokens: TokenList, vocabularySize: number): Generator<Uint8Array | Uint16Array | Uint32Array> {
  const Narrowest = vocabularySize <= 0x100 ? Uint8Array : vocabularySize <= 0x1_0000 ? Uint16Array : Uint32Array;
  for (const piece of tokens.pieces()) yield piece instanceof Narrowest ? piece : Narrowest.from(piece);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
