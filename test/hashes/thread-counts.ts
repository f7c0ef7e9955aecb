/** The numbers of threads that must all give the committed parameters. */
export const THREAD_COUNTS: readonly number[] = [1, 2, 3, 4, 8];

/** What every browser is asked for: npm test has compared its steps on one thread, and here are the fewest that share the work. */
export const BROWSER_THREAD_COUNTS: readonly number[] = [2];

/**
 * Whether continuous integration asks: it compares all steps on two threads, which share its two cores, in Node as in browsers; more
 * threads are compared in the strict class, after the fewest steps that are committed, a tenth of char-rnn's. One thread's steps are
 * npm test's, and so are threads in the fused class, on small models.
 */
export const SHORT = process.env.HASHES === "short";

/** For the names of tests. */
export function inWords(threads: number): string {
  return threads === 1 ? "1 thread" : `${threads} threads`;
}
