/**
 * What can be said of every character of a text by rule, to compare units with: whether it is a capital, how far into its line it
 * stands. Each holds once the character has been read, as a state does: an opening quotation mark is inside already, the closing
 * one no more.
 */

import { checkChoice } from "../core/engine.ts";

/** A property of each character, given one after another, from the start of the text on. */
type Reader = (character: string) => number;

interface PropertyRule {
  /** What it is in words. */
  readonly label: string;
  /** Whether it is 0 or 1; else it counts. */
  readonly binary: boolean;
  readonly start: () => Reader;
}

/** What closes a quotation that a mark opens. Single ones are left out: an apostrophe looks the same. */
const CLOSING: Readonly<Record<string, string>> = {
  '"': '"',
  "“": "”",
  "„": "“”",
  "«": "»",
  "»": "«",
  "「": "」",
  "『": "』",
};

const OPENING_BRACKETS = "([{";
const CLOSING_BRACKETS = ")]}";

/** 1 for the characters that match. */
function matching(pattern: RegExp): () => Reader {
  return () => (character) => (pattern.test(character) ? 1 : 0);
}

const RULES = {
  quotes: { label: "inside quotes", binary: true, start: insideQuotes },
  brackets: { label: "depth of brackets", binary: false, start: bracketDepth },
  linePosition: { label: "position in the line", binary: false, start: linePosition },
  wordPosition: { label: "position in the word", binary: false, start: wordPosition },
  indentation: { label: "indentation", binary: false, start: indentation },
  capitals: { label: "capitals", binary: true, start: matching(/[\p{Lu}\p{Lt}]/u) },
  spaces: { label: "white space", binary: true, start: matching(/\s/u) },
  punctuation: { label: "punctuation", binary: true, start: matching(/\p{P}/u) },
  digits: { label: "digits", binary: true, start: matching(/\p{Nd}/u) },
} as const satisfies Readonly<Record<string, PropertyRule>>;

export type TextProperty = keyof typeof RULES;

/** The properties by name, with what they are in words and whether they are 0 or 1 (or else a count). */
export const TEXT_PROPERTIES: Readonly<Record<TextProperty, { readonly label: string; readonly binary: boolean }>> =
  RULES;

/** A property of every code point of a text. Throws a RangeError for an unknown name. */
export function textProperty(text: string, property: TextProperty): Float32Array {
  checkChoice("property", property, Object.keys(RULES));
  return Float32Array.from(text, RULES[property].start());
}

/** 1 from a mark that opens a quotation to before the one that closes it; an empty line ends one that was left open. */
function insideQuotes(): Reader {
  let closing = "";
  let lineIsEmpty = false;
  return (character) => {
    if (character === "\n") {
      if (lineIsEmpty) closing = "";
      lineIsEmpty = true;
    } else if (character !== "\r") lineIsEmpty = false;
    if (closing === "") closing = CLOSING[character] ?? "";
    else if (closing.includes(character)) closing = "";
    return closing === "" ? 0 : 1;
  };
}

/** How many brackets, round, square or curly, are open. */
function bracketDepth(): Reader {
  let depth = 0;
  return (character) => {
    if (OPENING_BRACKETS.includes(character)) depth++;
    else if (CLOSING_BRACKETS.includes(character)) depth = Math.max(0, depth - 1);
    return depth;
  };
}

/** Characters since the last line break, this one included; 0 at the line break. */
function linePosition(): Reader {
  let position = 0;
  return (character) => {
    position = character === "\n" ? 0 : position + 1;
    return position;
  };
}

/** Letters, digits and apostrophes in a row, this one included; 0 between words. */
function wordPosition(): Reader {
  let position = 0;
  return (character) => {
    position = /[\p{L}\p{M}\p{N}'’]/u.test(character) ? position + 1 : 0;
    return position;
  };
}

/** White space at the beginning of the line, as far as the line has been read. */
function indentation(): Reader {
  let depth = 0;
  let leads = true;
  return (character) => {
    if (character === "\n") {
      depth = 0;
      leads = true;
    } else if (leads && /\s/u.test(character)) depth++;
    else leads = false;
    return depth;
  };
}
