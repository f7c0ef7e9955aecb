/** Logs as training writes them, made by hand. */

/** A step's line, with every field that each line has. */
export function entry(step: number, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const loss = 4 - Math.min(3, step / 1000);
  return {
    ...{ step, epoch: step / 100, loss, smoothLoss: loss, learningRate: 0.1, gradNorm: 50, tokensPerSecond: 9000 },
    ...more,
  };
}

export function logOf(...entries: readonly Record<string, unknown>[]): string {
  return entries.map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** The log of steps 1 to n. */
export function logOfSteps(n: number, more: (step: number) => Record<string, unknown> = () => ({})): string {
  return Array.from({ length: n }, (_, i) => logOf(entry(i + 1, more(i + 1)))).join("");
}
