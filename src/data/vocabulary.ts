/**
 * The tokens of a text and their indices, sorted by code point, so that the same text always gives the same indices. A
 * vocabulary of bytes always holds all 256.
 */

import { type CodedError, type ErrorCode, InvalidValueError } from "../core/errors.ts";
import { BYTE_NAMES, splitText, UNKNOWN_TOKEN, type Unit, unitNoun, WHITE_SPACE } from "./unit.ts";

/** The tokens that indices mean, and back. */
export class Vocabulary {
  /** The token of each index; of bytes, their names. */
  readonly tokens: readonly string[];
  /** The index of "<unk>", which stands for every token that is not in the vocabulary; undefined where there is none. */
  readonly unknown: number | undefined;
  private readonly indices = new Map<string, number>();

  /** Takes tokens in the order of their indices. Throws a RangeError for an empty list or a token that stands twice. */
  constructor(
    tokens: readonly string[],
    /** What a token is. */
    readonly unit: Unit = "char",
  ) {
    if (tokens.length === 0) throw new InvalidValueError("vocabulary: expected at least 1 token, got none");
    this.tokens = [...tokens];
    for (const [index, token] of tokens.entries()) {
      checkToken(token, index, unit);
      if (this.indices.has(token)) throw new InvalidValueError(`vocabulary: token ${describe(token)} stands twice`);
      this.indices.set(token, index);
    }
    if (unit === "byte" && tokens.length !== 256) {
      throw new InvalidValueError(`vocabulary: expected the 256 bytes, got ${tokens.length} tokens`);
    }
    this.unknown = this.indices.get(UNKNOWN_TOKEN);
  }

  /** The distinct tokens of a text. */
  static fromText(text: string, unit: Unit = "char"): Vocabulary {
    if (unit === "byte") return Vocabulary.ofBytes();
    return new Vocabulary([...new Set(splitText(text, unit))].sort(byCodePoint), unit);
  }

  /** The 256 bytes. */
  static ofBytes(): Vocabulary {
    return new Vocabulary(BYTE_NAMES, "byte");
  }

  /** V, the number of tokens. */
  get size(): number {
    return this.tokens.length;
  }

  /** The token that ends a line, or undefined where no token does. */
  get newline(): number | undefined {
    return this.unit === "byte" ? 10 : this.indices.get("\n");
  }

  /** The index of a token, or undefined. */
  indexOf(token: string): number | undefined {
    return this.indices.get(token);
  }

  /**
   * The indices of a text's tokens. A token that is not in the vocabulary becomes "<unk>" where there is one; elsewhere it is
   * left out ("skip") or a UnknownTokenError ("error").
   */
  encode(text: string, name = "text", unknown: "error" | "skip" = "error"): Uint32Array {
    // code units bound code points and words from above, three bytes each those of UTF-8: one array, cut to size at the end
    const indices = new Uint32Array(this.unit === "byte" ? 3 * text.length : text.length);
    let count = 0;
    let position = 0;
    for (const token of splitText(text, this.unit)) {
      position++;
      const index = this.indices.get(token) ?? this.unknown;
      if (index !== undefined) indices[count++] = index;
      else if (unknown === "error") throw new UnknownTokenError(name, token, position, this);
    }
    return indices.subarray(0, count);
  }

  /** The text of a sequence of indices; words are joined by spaces. Throws a RangeError for an index that has no token. */
  decode(indices: Iterable<number>): string {
    const writer = new TokenWriter(this);
    let text = "";
    for (const index of indices) text += writer.write(index);
    return text + writer.end();
  }

  /** The token of an index for a reader: of bytes, printable ASCII as it is. Throws a RangeError where there is none. */
  tokenText(index: number): string {
    const token = this.tokens[index];
    if (token === undefined) {
      throw new InvalidValueError(`token: expected a whole number from 0 to ${this.size - 1}, got ${index}`);
    }
    return this.unit === "byte" && index >= 0x20 && index < 0x7f ? String.fromCharCode(index) : token;
  }
}

/** Turns indices into text one by one, as they are drawn. */
export class TokenWriter {
  private readonly decoder: TextDecoder | undefined;
  private readonly byte = new Uint8Array(1);

  /** `continues` says that what is written follows other words, so that a space comes first. */
  constructor(
    private readonly vocabulary: Vocabulary,
    private continues = false,
  ) {
    if (vocabulary.unit === "byte") this.decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  }

  /** What an index adds to the text: nothing where a byte does not yet complete a character. */
  write(index: number): string {
    if (this.decoder !== undefined) {
      this.byte[0] = index;
      return this.decoder.decode(this.byte, { stream: true });
    }
    const token = this.vocabulary.tokenText(index);
    if (this.vocabulary.unit !== "word") return token;
    const text = this.continues ? ` ${token}` : token;
    this.continues = true;
    return text;
  }

  /** What is left at the end: U+FFFD for a character that was begun. */
  end(): string {
    return this.decoder?.decode() ?? "";
  }
}

/** A token that a vocabulary does not hold. `position` counts tokens from 1, or, where `kind` says "distinct ", those alone. */
export class UnknownTokenError extends RangeError implements CodedError {
  override readonly name = "UnknownTokenError";
  readonly code = "ERR_UNKNOWN_TOKEN" satisfies ErrorCode;

  constructor(
    source: string,
    /** The token that is not known. */
    readonly token: string,
    /** Where it stands, from 1. */
    readonly position: number,
    vocabulary: Vocabulary,
    kind: "" | "distinct " = "",
  ) {
    const noun = unitNoun(vocabulary.unit);
    super(
      `${source}: ${describe(token)}, ${kind}${noun} ${position}, is not in the model's vocabulary of ${vocabulary.size}`,
    );
  }
}

/** Orders texts by their code points; JavaScript's own order is by code units. */
export function byCodePoint(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = rank(a.charCodeAt(i)) - rank(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Code units in the order of the code points they are part of: surrogates come last. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

function checkToken(token: string, index: number, unit: Unit): void {
  if (unit === "byte" && token === BYTE_NAMES[index]) return;
  if (unit === "word" && token !== "" && !WHITE_SPACE.test(token)) return;
  if (unit === "char" && (token === UNKNOWN_TOKEN || [...token].length === 1)) return;
  throw new InvalidValueError(`vocabulary: token ${index}: expected a ${unitNoun(unit)}, got ${JSON.stringify(token)}`);
}

/** A token as a reader can find it: "é" (U+00E9), or the code alone where it cannot be seen; words, cut if long. */
function describe(token: string): string {
  const characters = [...token];
  if (characters.length !== 1) {
    return JSON.stringify(characters.length <= 40 ? token : `${characters.slice(0, 40).join("")}…`);
  }
  const code = `U+${(token.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  return /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(token) ? `"${token}" (${code})` : code;
}
