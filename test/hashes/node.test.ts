import { expect, test } from "vitest";
import { train } from "../browser/train.ts";
import { fuses } from "../engine/engines.ts";
import { fullHashes, jobOf, quickHashes } from "../golden/preset-hashes.ts";
import { inWords, SHORT, THREAD_COUNTS } from "./thread-counts.ts";

for (const threads of THREAD_COUNTS) {
  for (const expected of SHORT && threads > 1 ? quickHashes : fullHashes) {
    const { preset, numerics, steps, hash } = expected;
    test.skipIf(numerics === "fused" && !fuses)(
      `${preset}: ${steps} ${numerics} steps with ${inWords(threads)} give the committed parameters, to the bit`,
      async () => expect((await train(await jobOf(expected, threads))).hash).toBe(hash),
    );
  }
}
