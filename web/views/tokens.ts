/** Tokens in words. */

const SPOKEN: Readonly<Record<string, string>> = {
  " ": "space",
  "\n": "line break",
  "\t": "tab",
  "": "part of a character",
};

/** A token as one would name it: a space and a line break by their names, others in quotation marks. */
export function spokenToken(token: string): string {
  return SPOKEN[token] ?? `“${token}”`;
}
