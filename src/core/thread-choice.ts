/**
 * How many threads a model's steps take: as many as are said or, of "auto", as many as prove the fastest. Since a step gives the
 * same bits on any number of threads, the measurement is training itself: the first steps take turns at 1, 2, 4 … threads.
 */

/** Steps before any is timed: the engine's compiler is still at work. */
const WARM_UP_STEPS = 4;
/** Steps timed with each number of threads. */
const ROUNDS = 5;
/** More threads must save this much: they also take from what else runs on the machine. */
const LEAST_GAIN = 0.05;

export class ThreadChoice {
  private readonly candidates: readonly number[];
  private readonly times: number[][];
  private steps = 0;
  private chosen: number | undefined;

  /** Of up to `most` threads; `fixed` for exactly as many. */
  constructor(
    private readonly most: number,
    fixed: boolean,
  ) {
    this.candidates = threadCounts(most);
    this.times = this.candidates.map(() => []);
    if (fixed || most === 1) this.chosen = most;
  }

  /** Threads of the next call. */
  get threads(): number {
    if (this.chosen !== undefined) return this.chosen;
    if (this.steps < WARM_UP_STEPS) return this.most;
    return this.candidates[(this.steps - WARM_UP_STEPS) % this.candidates.length] as number;
  }

  /** Whether steps are still being compared. */
  get measuring(): boolean {
    return this.chosen === undefined;
  }

  /** Tells what a step with `threads` took, in any unit of time per token. */
  measured(time: number): void {
    if (this.chosen !== undefined) return;
    const step = this.steps++ - WARM_UP_STEPS;
    if (step < 0) return;
    this.times[step % this.candidates.length]?.push(time);
    if (step + 1 === ROUNDS * this.candidates.length) this.chosen = this.fastest();
  }

  private fastest(): number {
    let best = 0;
    const medians = this.times.map((times) => times.sort((a, b) => a - b)[ROUNDS >> 1] as number);
    for (const [i, time] of medians.entries()) {
      if (time < (medians[best] as number) * (1 - LEAST_GAIN)) best = i;
    }
    return this.candidates[best] as number;
  }
}

/** 1, 2, 4 … and the most itself. */
function threadCounts(most: number): number[] {
  const counts: number[] = [];
  for (let count = 1; count < most; count *= 2) counts.push(count);
  return [...counts, most];
}
