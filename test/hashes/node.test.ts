import { expect, test } from "vitest";
import { train } from "../browser/train.ts";
import { fuses } from "../engine/engines.ts";
import { fullHashes, jobOf, type PresetHash, quickHashes } from "../golden/preset-hashes.ts";
import { inWords, SHORT, THREAD_COUNTS } from "./thread-counts.ts";

/** What is compared on so many threads. */
function compared(threads: number): readonly PresetHash[] {
  if (!SHORT || threads === 2) return fullHashes;
  return threads > 2 ? quickHashes.filter(({ numerics }) => numerics === "strict") : [];
}

for (const threads of THREAD_COUNTS) {
  for (const expected of compared(threads)) {
    const { preset, numerics, steps, hash } = expected;
    test.skipIf(numerics === "fused" && !fuses)(
      `${preset}: ${steps} ${numerics} steps with ${inWords(threads)} give the committed parameters, to the bit`,
      async () => expect((await train(await jobOf(expected, threads))).hash).toBe(hash),
    );
  }
}
