/**
 * Ends a stream of text before the first stop string. Characters that may yet turn out to begin one are held back until
 * it is certain that they do not.
 */
export function* untilStop(pieces: Iterable<string>, stops: readonly string[]): Generator<string, void, void> {
  if (stops.length === 0) {
    yield* pieces;
    return;
  }
  let held = "";
  for (const character of charactersOf(pieces)) {
    held += character;
    if (stops.some((stop) => held.endsWith(stop))) {
      const stop = stops.filter((each) => held.endsWith(each)).reduce((a, b) => (b.length > a.length ? b : a));
      yield* held.slice(0, held.length - stop.length);
      return;
    }
    const certain = held.length - longestBeginning(held, stops);
    yield* held.slice(0, certain);
    held = held.slice(certain);
  }
  yield* held;
}

function* charactersOf(pieces: Iterable<string>): Generator<string, void, void> {
  for (const piece of pieces) yield* piece;
}

/** Length of the longest end of `text` that some stop string begins with. */
function longestBeginning(text: string, stops: readonly string[]): number {
  const longest = Math.max(0, ...stops.map((stop) => stop.length - 1));
  for (let length = Math.min(text.length, longest); length > 0; length--) {
    const end = text.slice(text.length - length);
    if (stops.some((stop) => stop.startsWith(end))) return length;
  }
  return 0;
}
