/**
 * A text as a run reads it: made piece by piece, so that a text larger than any string or array can be read, in one pass, so
 * that it may come from a pipe.
 *
 *   bytes → UTF-8 → line ends, lower case → tokens, numbered as they appear → vocabulary → tokens, renumbered in its order
 *
 * As a continuous stream each token is the target of the one before. With an example a line it is so within the line; the
 * lines' own ends depend on the unit:
 *
 *   characters, bytes   the line break is a token that begins and ends every example:  "\n" a b c → a b c "\n"
 *   words               the line break is no token; a line's last word has the next line's first word for its target, the
 *                       last line's that of the first
 *
 * Lines without a token are left out.
 */

import { InvalidValueError } from "../core/errors.ts";
import { type TokenList, TokenListBuilder } from "./token-list.ts";
import { lowerCaseByte, UNKNOWN_TOKEN, type Unit, unitNoun, WHITE_SPACE } from "./unit.ts";
import { byCodePoint, UnknownTokenError, Vocabulary } from "./vocabulary.ts";

/** What decides how a text is read. */
export interface CorpusSettings {
  /** What a token is. */
  readonly unit: Unit;
  /** "stream": one continuous text; "lines": an example a line. */
  readonly examples: "stream" | "lines";
  /** Whether the text is read in lower case; of bytes, A to Z alone. */
  readonly lowercase: boolean;
  /** Tokens that occur less often become "<unk>"; 1 keeps all, bytes are kept always. */
  readonly minCount: number;
  /** Only so many tokens of a stream, or so many lines, are used; Infinity for all. The vocabulary is that of all. */
  readonly limit: number;
}

/** Tokens, each the target of the one before. */
export class TokenizedText {
  constructor(
    /** All tokens, those of the examples one after another. */
    readonly tokens: TokenList,
    /**
     * Where in `tokens` each example begins, and where the last one ends; undefined for a continuous stream. The targets of
     * an example end one token further.
     */
    readonly starts?: Float64Array,
  ) {}

  /** Tokens that have a target. */
  get targets(): number {
    if (this.starts === undefined) return Math.max(0, this.tokens.length - 1);
    return this.starts[this.starts.length - 1]! - this.starts[0]!;
  }

  /** What tokens and starts take. */
  get bytes(): number {
    return this.tokens.bytes + (this.starts?.byteLength ?? 0);
  }

  /** Lines, or undefined for a stream. */
  get lines(): number | undefined {
    return this.starts === undefined ? undefined : this.starts.length - 1;
  }

  /** The text without its last part, and that part: contiguous, in whole tokens or lines. */
  split(fraction: number): [TokenizedText, TokenizedText] {
    const { tokens, starts } = this;
    const count = this.lines ?? tokens.length;
    const kept = count - Math.floor(fraction * count);
    if (starts === undefined) return [new TokenizedText(tokens.slice(0, kept)), new TokenizedText(tokens.slice(kept))];
    return [new TokenizedText(tokens, starts.subarray(0, kept + 1)), new TokenizedText(tokens, starts.subarray(kept))];
  }
}

/** A text with its vocabulary, and how it was read. */
export interface Corpus {
  /** How it was read. */
  readonly settings: CorpusSettings;
  /** The tokens that its indices mean. */
  readonly vocabulary: Vocabulary;
  /** Its tokens. */
  readonly text: TokenizedText;
}

/** The corpus of a text that is one string; see CorpusBuilder.finish for the vocabulary. */
export function corpusOf(text: string, settings: CorpusSettings, vocabulary?: Vocabulary): Corpus {
  const builder = new CorpusBuilder(settings);
  if (settings.unit === "byte") builder.addBytes(new TextEncoder().encode(text));
  else builder.addText(text);
  builder.endFile();
  return builder.finish(vocabulary);
}

const NEWLINE = 10;

/** Takes a text in pieces of any size. */
export class CorpusBuilder {
  private readonly tokens = new TokenListBuilder();
  private readonly starts: number[] = [];
  /** Tokens in the order of their appearance, and how often they occurred. */
  private readonly names: string[] = [];
  private readonly counts: number[] = [];
  private readonly numbers = new Map<string, number>();
  /** Numbers of tokens of one UTF-16 code unit, by it: most texts are made of nothing else. */
  private readonly numbersOfUnits = new Int32Array(0x10000).fill(-1);
  /** Text, from its last white space on, that the next piece may yet change. */
  private held = "";
  private tokensInLine = 0;
  private linesDone = 0;

  constructor(
    /** How the text is read. */
    readonly settings: CorpusSettings,
  ) {
    if (settings.examples === "lines") this.beginLine();
  }

  /** The next piece of a text of characters or words. */
  addText(piece: string): void {
    const { unit, lowercase } = this.settings;
    if (unit === "char" && !lowercase) {
      this.addCharacters(piece);
      return;
    }
    // a word, and what lower case makes of its letters, depends on all of it
    const end = lastWhiteSpace(piece) + 1;
    const whole = this.held + piece.slice(0, end);
    this.held = end === 0 ? this.held + piece : piece.slice(end);
    if (end > 0) this.addWholeWords(whole);
  }

  /** The next piece of a text of bytes. */
  addBytes(piece: Uint8Array): void {
    const { lowercase, examples } = this.settings;
    for (let i = 0; i < piece.length; i++) {
      const byte = lowercase ? lowerCaseByte(piece[i]!) : piece[i]!;
      if (examples === "lines" && byte === NEWLINE) this.endLine();
      else this.add(byte);
    }
  }

  /** Says that a file ends here: the next one begins on a line of its own. */
  endFile(): void {
    const rest = this.held;
    this.held = "";
    if (rest !== "") this.addWholeWords(rest);
    this.endLine();
  }

  /**
   * The corpus, in the vocabulary of a model where one is given. Uses the builder up. Throws a RangeError where there is too
   * little text to learn from, an UnknownTokenError for a token that the given vocabulary does not hold.
   */
  finish(given?: Vocabulary): Corpus {
    const { unit, examples } = this.settings;
    if (examples === "lines" && this.starts.length < 2) {
      throw new InvalidValueError("text: expected at least 1 line that is not blank, got none");
    }
    if (examples === "stream" && this.tokens.length < 2) throw tooShort(unit, this.tokens.length);
    const starts = examples === "lines" ? Float64Array.from(this.starts) : undefined;
    if (unit === "byte") {
      const text = new TokenizedText(this.tokens.finish(), starts);
      return { settings: this.settings, vocabulary: Vocabulary.ofBytes(), text };
    }
    const vocabulary = given ?? this.ownVocabulary();
    const indices = this.names.map((name, i) => indexIn(vocabulary, name, i));
    // words are numbered as they appear: 0 is the first, and the target of the very last
    if (examples === "lines" && unit === "word") this.tokens.push(0);
    const tokens = this.tokens.finish(Uint32Array.from(indices));
    return { settings: this.settings, vocabulary, text: new TokenizedText(tokens, starts) };
  }

  /** The tokens that occur often enough. */
  private ownVocabulary(): Vocabulary {
    const { unit, minCount } = this.settings;
    const kept = new Set(this.names.filter((name, i) => this.counts[i]! >= minCount || this.isLineBreak(name)));
    if (minCount > 1) {
      if (![...kept].some((name) => !this.isLineBreak(name))) {
        throw new InvalidValueError(`minCount: expected some ${unitNoun(unit)} to occur ${minCount} times, got none`);
      }
      kept.add(UNKNOWN_TOKEN);
    }
    return new Vocabulary([...kept].sort(byCodePoint), unit);
  }

  private addWholeWords(text: string): void {
    const { unit, lowercase } = this.settings;
    const cased = lowercase ? text.toLowerCase() : text;
    if (unit === "char") {
      this.addCharacters(cased);
      return;
    }
    for (const [i, line] of cased.split("\n").entries()) {
      if (i > 0) this.endLine();
      for (const word of line.split(WHITE_SPACE)) if (word !== "") this.add(this.number(word));
    }
  }

  private addCharacters(text: string): void {
    const { examples, limit } = this.settings;
    const lines = examples === "lines";
    // a stream without a limit goes in by runs of characters that were seen before, which most are
    const runs = !lines && limit === Number.POSITIVE_INFINITY;
    for (let i = 0; i < text.length; i++) {
      if (runs) {
        i = this.tokens.pushUnits(text, i, this.numbersOfUnits, this.counts);
        if (i === text.length) return;
      }
      const unit = text.charCodeAt(i);
      if (lines && unit === NEWLINE) {
        this.endLine();
        continue;
      }
      let number = this.numbersOfUnits[unit]!;
      if (number < 0) {
        const character = String.fromCodePoint(text.codePointAt(i) as number);
        number = this.number(character);
        if (character.length > 1) i++;
        else if (unit < 0xd800 || unit > 0xdfff) this.numbersOfUnits[unit] = number;
      }
      this.add(number);
    }
  }

  /** Counts a token and takes it in, as far as the limit allows. */
  private add(number: number): void {
    this.tokensInLine++;
    const { examples, limit } = this.settings;
    if ((examples === "lines" ? this.linesDone : this.tokens.length) < limit) this.tokens.push(number);
    this.counts[number] = (this.counts[number] ?? 0) + 1;
  }

  private endLine(): void {
    const { examples, limit } = this.settings;
    if (examples !== "lines" || this.tokensInLine === 0) return;
    this.tokensInLine = 0;
    if (this.linesDone++ < limit) this.beginLine();
  }

  /** Notes where an example begins; all but the first end another. */
  private beginLine(): void {
    const { unit } = this.settings;
    this.starts.push(this.tokens.length);
    if (unit !== "word") this.tokens.push(unit === "byte" ? NEWLINE : this.number("\n"));
  }

  /** The number of a token, a new one if it has none. */
  private number(token: string): number {
    const known = this.numbers.get(token);
    if (known !== undefined) return known;
    const number = this.names.length;
    this.names.push(token);
    this.counts.push(0);
    this.numbers.set(token, number);
    return number;
  }

  private isLineBreak(token: string): boolean {
    return this.settings.examples === "lines" && token === "\n";
  }
}

/** The index of a text's distinct token, the `appearance`-th to appear, from 0. */
function indexIn(vocabulary: Vocabulary, name: string, appearance: number): number {
  const index = vocabulary.indexOf(name) ?? vocabulary.unknown;
  if (index === undefined) throw new UnknownTokenError("text", name, appearance + 1, vocabulary, "distinct ");
  return index;
}

function tooShort(unit: Unit, tokens: number): InvalidValueError {
  const noun = `${unitNoun(unit)}s`;
  return new InvalidValueError(
    `text: expected at least 2 ${noun}, got ${tokens}; a model learns from pairs of neighbours`,
  );
}

const BYTE_ORDER_MARK = "\ufeff";

/** The place of the last white space at which lower case starts afresh, or -1: a sigma looks beyond a byte order mark. */
function lastWhiteSpace(text: string): number {
  for (let i = text.length - 1; i >= 0; i--) {
    if (text[i] !== BYTE_ORDER_MARK && WHITE_SPACE.test(text[i] as string)) return i;
  }
  return -1;
}
