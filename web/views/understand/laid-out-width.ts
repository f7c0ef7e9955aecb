/**
 * The width of an element as the browser last laid it out. To ask for it in the middle of changing a page would have all of it laid
 * out at once, and once more for every picture that asks.
 */

/** Calls `onChange` when the width is known or is another; returns a function that gives it, 0 while it is not known. */
export function followWidth(target: Element, onChange: () => void): () => number {
  let width = 0;
  new ResizeObserver(([entry]) => {
    const next = entry!.contentRect.width;
    if (next === width) return;
    width = next;
    onChange();
  }).observe(target);
  return () => width;
}
