/** What a token is. */

/** The names of what a token can be. */
export const UNITS = ["char", "word", "byte"] as const;

/**
 * "char": a Unicode code point, so that what looks like one character may be several; "word": what stands between white space;
 * "byte": a byte of the text's UTF-8, or of any file.
 */
export type Unit = (typeof UNITS)[number];

/** Stands for every token that a vocabulary does not hold, if the vocabulary has it. */
export const UNKNOWN_TOKEN = "<unk>";

/** What separates words, as JavaScript's \s has it. */
export const WHITE_SPACE = /\s+/u;

/** The tokens of a text by unit, those of bytes by their names. */
export function* splitText(text: string, unit: Unit): Generator<string, void, void> {
  if (unit === "char") yield* text;
  else if (unit === "word") {
    for (const word of text.split(WHITE_SPACE)) if (word !== "") yield word;
  } else {
    for (const byte of new TextEncoder().encode(text)) yield BYTE_NAMES[byte] as string;
  }
}

/** The names of the 256 bytes, "<0x00>" to "<0xFF>". */
export const BYTE_NAMES: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
);

/** How a reader calls the unit: "character", "word" or "byte". */
export function unitNoun(unit: Unit): string {
  return unit === "char" ? "character" : unit;
}

/** A text in lower case; of bytes, A to Z alone, so that bytes stay what they are. */
export function lowerCase(text: string, unit: Unit): string {
  return unit === "byte" ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : text.toLowerCase();
}

/** The same of one byte. */
export function lowerCaseByte(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}
