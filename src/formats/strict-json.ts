/**
 * JSON whose objects name no key twice. `JSON.parse` keeps the last of two without a word, so that a file can show one reader
 * one thing and another reader another.
 */

/** Throws a SyntaxError for what is not JSON, and for a key that stands twice in one object, however it is escaped. */
export function parseStrictJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const twice = findDuplicateKey(text);
  if (twice !== undefined) throw new SyntaxError(`the key ${JSON.stringify(twice)} stands twice in one object`);
  return value;
}

/** A string, or a character of structure; in valid JSON nothing else needs to be seen. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/** The first key of valid JSON that its object has had before. */
function findDuplicateKey(text: string): string | undefined {
  /** The keys of each object that is open; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  let last = "";
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(undefined);
    else if (token === "}" || token === "]") open.pop();
    else if (token === ":") {
      const key = JSON.parse(last) as string;
      const keys = open.at(-1) as Set<string>;
      if (keys.has(key)) return key;
      keys.add(key);
    }
    last = token;
  }
  return undefined;
}
