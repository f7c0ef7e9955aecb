/**
 * One side of a race. It proves itself before it is timed: `start` returns numbers that the contenders of a race must
 * agree on. It waits, idle, while another runs its round.
 */
export interface Contender {
  readonly name: string;
  /** Threads that it works on; 1 if left out. */
  readonly threads?: number;
  /** Gets ready, and computes the evidence: the losses of the first steps, or a sampler's probabilities. */
  start(): Promise<readonly number[]>;
  /** Runs for about `seconds`, at least one step; characters per second. */
  round(seconds: number): Promise<number>;
  close(): Promise<void>;
}
