/**
 * The characters of a text and their indices: Unicode code points, sorted by number, so that the same text always gives the
 * same indices.
 */
export class Vocabulary {
  /** The character of each index. */
  readonly tokens: readonly string[];
  private readonly indices = new Map<string, number>();

  /** Takes tokens in the order of their indices. Throws a RangeError for an empty list or a token that stands twice. */
  constructor(tokens: readonly string[]) {
    if (tokens.length === 0) throw new RangeError("vocabulary: expected at least 1 token, got none");
    this.tokens = [...tokens];
    for (const [index, token] of tokens.entries()) {
      if (this.indices.has(token)) throw new RangeError(`vocabulary: token ${describeCharacter(token)} stands twice`);
      this.indices.set(token, index);
    }
  }

  /** The distinct code points of a text. */
  static fromText(text: string): Vocabulary {
    const characters = [...new Set(text)];
    return new Vocabulary(characters.sort((a, b) => (a.codePointAt(0) as number) - (b.codePointAt(0) as number)));
  }

  get size(): number {
    return this.tokens.length;
  }

  /** The index of a character, or undefined. */
  indexOf(character: string): number | undefined {
    return this.indices.get(character);
  }

  /** The index of each code point of a text. Throws a RangeError at the first one that has none. */
  encode(text: string, name = "text"): Uint32Array {
    // code units bound the code points from above: one array, cut to size at the end
    const indices = new Uint32Array(text.length);
    let count = 0;
    for (const character of text) {
      const index = this.indices.get(character);
      if (index === undefined) {
        throw new UnknownCharacterError(name, character, count + 1, this.size);
      }
      indices[count++] = index;
    }
    return indices.subarray(0, count);
  }

  /** The text without the characters that have no index. */
  withoutUnknown(text: string): string {
    return [...text].filter((character) => this.indices.has(character)).join("");
  }

  /** The text of a sequence of indices. Throws a RangeError for an index that has no token. */
  decode(indices: Iterable<number>): string {
    let text = "";
    for (const index of indices) {
      const token = this.tokens[index];
      if (token === undefined) {
        throw new RangeError(`token: expected a whole number from 0 to ${this.size - 1}, got ${index}`);
      }
      text += token;
    }
    return text;
  }
}

/** A character that a vocabulary does not hold. `position` counts code points from 1. */
export class UnknownCharacterError extends RangeError {
  override readonly name = "UnknownCharacterError";

  constructor(
    source: string,
    readonly character: string,
    readonly position: number,
    vocabularySize: number,
  ) {
    super(
      `${source}: ${describeCharacter(character)}, character ${position}, is not in the model's vocabulary of ${vocabularySize}`,
    );
  }
}

/** A character as a reader can find it: "é" (U+00E9), or the code alone where it cannot be seen. */
function describeCharacter(character: string): string {
  const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  return /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character) ? `"${character}" (${code})` : code;
}
