import { spokenToken } from "../tokens.ts";

/** Names some of the tokens that a model does not know; empty where it knows all. */
export function unknownLine(unknown: readonly string[]): string {
  if (unknown.length === 0) return "";
  const named = unknown.slice(0, 5).map(spokenToken).join(", ");
  const more = unknown.length > 5 ? ` and ${unknown.length - 5} others` : "";
  return `Left out, since the text that it learnt from has none: ${named}${more}.`;
}
