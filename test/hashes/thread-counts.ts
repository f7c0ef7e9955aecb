/** The numbers of threads that must all give the committed parameters. */
export const THREAD_COUNTS: readonly number[] = [1, 2, 3, 4, 8];

/** Of these, what every browser is asked for: alone, and the fewest that share the work. */
export const BROWSER_THREAD_COUNTS = THREAD_COUNTS.filter((threads) => threads <= 2);

/** For the names of tests. */
export function inWords(threads: number): string {
  return threads === 1 ? "1 thread" : `${threads} threads`;
}
