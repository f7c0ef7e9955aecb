/** The numbers of threads that must all give the committed parameters. */
export const THREAD_COUNTS: readonly number[] = [1, 2, 3, 4, 8];

/** What every browser is asked for: npm test has compared its steps on one thread, and here are the fewest that share the work. */
export const BROWSER_THREAD_COUNTS: readonly number[] = [2];

/**
 * Whether continuous integration asks: it compares all steps on two threads, which share its two cores, in Node as in browsers; other
 * numbers of threads are compared after the fewest steps that are committed, a tenth of char-rnn's, and one thread's are npm test's.
 */
export const SHORT = process.env.HASHES === "short";

/** For the names of tests. */
export function inWords(threads: number): string {
  return threads === 1 ? "1 thread" : `${threads} threads`;
}
