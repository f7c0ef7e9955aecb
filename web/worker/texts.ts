/** Reading texts: those that come with the page, pasted ones and files. */

import { decodeUtf8, type Unit } from "../../src/index.ts";
import type { CorpusName, TextSource, TextSummary } from "../protocol/run.ts";

/** A text that was read. */
export interface Text {
  readonly name: string;
  readonly builtin?: CorpusName;
  readonly content: string;
}

/** Larger ones would leave no room for a model in a tab; the command line reads them in pieces. */
const MOST_BYTES = 100e6;
/** Fewer are no text to learn from. */
const LEAST_CHARACTERS = 100;
const EXCERPT = 400;

/** Throws an Error with a reason for the visitor. */
export async function readText(source: TextSource): Promise<Text> {
  const text = await contentOf(source);
  const length = text.content.length;
  if (length >= LEAST_CHARACTERS) return text;
  const got = length === 0 ? "none: it is empty" : String(length);
  throw new Error(`${text.name}: expected a text of at least ${LEAST_CHARACTERS} characters, got ${got}`);
}

async function contentOf(source: TextSource): Promise<Text> {
  if (source.kind === "builtin") return { name: source.name, builtin: source.name, content: await corpus(source.name) };
  // halves of a character, which a paste may hold, would not come back from a file
  if (source.kind === "pasted") return { name: "pasted text", content: wellFormed(source.text) };
  const { file } = source;
  if (file.size > MOST_BYTES) {
    const megabytes = Math.round(file.size / 1e6);
    throw new Error(
      `${file.name}: expected at most ${MOST_BYTES / 1e6} MB in a page, got ${megabytes} MB; train it with the command line`,
    );
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  try {
    return { name: file.name, content: decodeUtf8(bytes, file.name) };
  } catch (error) {
    throw new Error(`${(error as Error).message}; a text saved as UTF-8 is what can be read here`, { cause: error });
  }
}

function wellFormed(text: string): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(text));
}

/** The folder of the corpora lies beside that of the scripts. */
async function corpus(name: CorpusName): Promise<string> {
  const response = await fetch(new URL(`../corpora/${name}.txt`, location.href));
  if (!response.ok) throw new Error(`${name}: expected the text that comes with this page, got ${response.status}`);
  return response.text();
}

/** How many tokens a text has, and how many different ones a vocabulary made of it has. */
export interface TokenCounts {
  readonly tokens: number;
  readonly vocabularySize: number;
}

/** Kept, since it is asked for at every change of a recipe. */
const counted = new WeakMap<Text, Map<Unit, TokenCounts>>();

export function countTokens(text: Text, unit: Unit): TokenCounts {
  const ofText = counted.get(text) ?? new Map<Unit, TokenCounts>();
  counted.set(text, ofText);
  const known = ofText.get(unit) ?? count(text.content, unit);
  ofText.set(unit, known);
  return known;
}

function count(content: string, unit: Unit): TokenCounts {
  const pieces: Iterable<string | number> =
    unit === "char"
      ? content
      : unit === "word"
        ? content.split(/\s+/u).filter((word) => word !== "")
        : new TextEncoder().encode(content);
  let tokens = 0;
  const distinct = new Set<string | number>();
  for (const piece of pieces) {
    tokens++;
    distinct.add(piece);
  }
  // all bytes there are are in their vocabulary, whatever the text has
  return { tokens, vocabularySize: unit === "byte" ? 256 : distinct.size };
}

export function summarize(text: Text): TextSummary {
  const { name, builtin, content } = text;
  const { tokens, vocabularySize } = countTokens(text, "char");
  const excerpt = Array.from(content.slice(0, 2 * EXCERPT))
    .slice(0, EXCERPT)
    .join("");
  return {
    name,
    ...(builtin === undefined ? {} : { builtin }),
    characters: tokens,
    distinctCharacters: vocabularySize,
    excerpt,
  };
}
