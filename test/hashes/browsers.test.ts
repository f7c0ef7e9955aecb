import { expect, test } from "vitest";
import { inBrowsers } from "../browser/in-browsers.ts";
import { fullHashes, jobOf } from "../golden/preset-hashes.ts";
import { BROWSER_THREAD_COUNTS, inWords } from "./thread-counts.ts";

inBrowsers((pages) => {
  for (const expected of fullHashes) {
    const { preset, numerics, steps, hash } = expected;
    for (const threads of BROWSER_THREAD_COUNTS) {
      test(`${preset}: ${steps} ${numerics} steps with ${inWords(threads)} give the committed parameters, to the bit`, async ({
        skip,
      }) => {
        skip(numerics === "fused" && !pages.fuses, "no fused multiply-add");
        expect((await pages.train(await jobOf(expected, threads), "isolated", "worker")).hash).toBe(hash);
      });
    }
  }
});
