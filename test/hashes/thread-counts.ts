/** The numbers of threads that must all give the same bits: odd ones, and more than there are cores, included. */
export const THREAD_COUNTS: readonly number[] = [1];

/** In a browser, where starting is slow and the scheduler is the same: what fits any machine. */
export const BROWSER_THREAD_COUNTS = THREAD_COUNTS.filter((threads) => threads <= 2);
