import type { Engine, EngineConfig } from "../../src/core/engine.ts";
import { RandomStream } from "../../src/core/random.ts";
import type { Numerics } from "../../src/core/wasm-module.ts";
import { openEngine } from "../open-engine.ts";
import { interleave, median } from "../rounds.ts";

export interface StepTimes {
  /** Seconds of one training step, the median of the rounds, for each numerics class. */
  readonly seconds: ReadonlyMap<Numerics, number>;
  /** What one engine takes. */
  readonly memoryBytes: number;
}

const WARM_UP_SECONDS = 0.1;

/** Times steps on random tokens, the numerics classes in turns. */
export async function measureStep(
  config: EngineConfig,
  numerics: readonly Numerics[],
  threads: number,
  { rounds, roundSeconds }: { readonly rounds: number; readonly roundSeconds: number },
): Promise<StepTimes> {
  const random = new RandomStream(1, 0);
  const tokens = Uint32Array.from(
    { length: config.sequenceLength * config.batchSize },
    () => random.nextWord() % config.vocabularySize,
  );
  let memoryBytes = 0;
  const engines: Engine[] = [];
  const sides: (() => number)[] = [];
  for (const each of numerics) {
    const engine = await openEngine(config, each, threads);
    engines.push(engine);
    engine.initializeParameters({ kind: "uniform", scale: 0.05 }, 1);
    memoryBytes = engine.memoryBytes;
    let step = 0;
    const run = () => engine.trainStep(tokens, tokens, { step: ++step, learningRate: 1e-4, clipValue: 5 });
    secondsPerCall(run, WARM_UP_SECONDS);
    sides.push(() => secondsPerCall(run, roundSeconds));
  }
  const times = await interleave(sides, rounds);
  for (const engine of engines) engine.dispose();
  return { seconds: new Map(numerics.map((each, i) => [each, median(times[i]!)])), memoryBytes };
}

/** Calls for about `seconds`, at least once; seconds of a call. */
export function secondsPerCall(run: () => unknown, seconds: number): number {
  const start = performance.now();
  let calls = 0;
  let elapsed = 0;
  do {
    run();
    calls++;
    elapsed = (performance.now() - start) / 1000;
  } while (elapsed < seconds);
  return elapsed / calls;
}
