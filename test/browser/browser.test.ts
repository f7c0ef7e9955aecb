import { expect, test } from "vitest";
import { NUMERICS } from "../../src/core/wasm-module.ts";
import { builtinCorpus } from "../../src/data/builtin-corpora.ts";
import type { Recipe } from "../../src/model/recipe.ts";
import { fuses } from "../engine/engines.ts";
import { jobOf, quickHashes } from "../golden/preset-hashes.ts";
import { inBrowsers } from "./in-browsers.ts";
import { train } from "./train.ts";

const STEPS = 300;

inBrowsers((pages) => {
  for (const origin of ["plain", "isolated"] as const) {
    test(`a page of the ${origin} origin ${origin === "isolated" ? "shares" : "does not share"} memory with its workers`, async () => {
      expect(await pages.evaluate(origin, workerSharesMemory, undefined)).toBe(origin === "isolated");
    });

    for (const place of ["page", "worker"] as const) {
      for (const numerics of NUMERICS) {
        test(`${STEPS} ${numerics} steps in a ${place} of the ${origin} origin give Node's loss, sample and parameters`, async ({
          skip,
        }) => {
          skip(numerics === "fused" && !(fuses && pages.fuses), "no fused multiply-add");
          const job = {
            text: await builtinCorpus("sonnets"),
            steps: STEPS,
            fields: { seed: 42, numerics },
            threads: 1,
          };
          expect(await pages.train(job, origin, place)).toEqual(await train(job));
        });
      }
    }
  }

  for (const place of ["page", "worker"] as const) {
    test(`two threads in an isolated ${place} give what one gives in Node`, async () => {
      const fields = { seed: 42, cell: "lstm", batchSize: 5, hiddenSize: 30 };
      const job = { text: await builtinCorpus("sonnets"), steps: STEPS, fields, threads: 2 };
      expect(await pages.train(job, "isolated", place)).toEqual(await train({ ...job, threads: 1 }));
    });
  }

  for (const [what, fields] of Object.entries<Partial<Recipe>>({
    "min-char-rnn": {},
    "shuffled lines, an LSTM, dropout and Adam": {
      examples: "lines",
      order: "shuffle",
      batchSize: 3,
      cell: "lstm",
      layers: 2,
      hiddenSize: 24,
      dropout: 0.2,
      optimizer: "adam",
      validationFraction: 0.1,
    },
  })) {
    test(`${what}: ${STEPS / 2} steps in Node, then ${STEPS / 2} in a page, and back, give what ${STEPS} do in Node, to the byte`, async () => {
      const job = {
        text: (await builtinCorpus("sonnets")).slice(0, 20_000),
        fields: { seed: 3, ...fields },
        threads: 1,
      };
      const whole = await train({ ...job, steps: STEPS });
      const { checkpoint } = await train({ ...job, steps: STEPS / 2 });
      expect(await pages.train({ ...job, steps: STEPS / 2, checkpoint }, "plain", "page")).toEqual(whole);
      const inPage = await pages.train({ ...job, steps: STEPS / 2 }, "plain", "page");
      expect(await train({ ...job, steps: STEPS / 2, checkpoint: inPage.checkpoint })).toEqual(whole);
    });
  }

  test("threads on a page that is not isolated are an error that says what to do", async () => {
    const job = { text: "abc".repeat(50), steps: 1, fields: {}, threads: 2 };
    await expect(pages.train(job, "plain", "page")).rejects.toThrow(
      "threads: expected a page that is cross-origin isolated",
    );
  });

  // char-rnn, the largest, is trained in every browser by npm run test:hashes
  for (const expected of quickHashes.filter(({ preset }) => preset !== "char-rnn")) {
    const { preset, numerics, steps, hash } = expected;
    test(`${preset}: ${steps} ${numerics} steps give the parameters that they give in Node, to the bit`, async ({
      skip,
    }) => {
      skip(numerics === "fused" && !pages.fuses, "no fused multiply-add");
      expect((await pages.train(await jobOf(expected, 1), "plain", "page")).hash).toBe(hash);
    });
  }
});

/** In the page: whether what a worker made from a Blob writes to shared memory is seen here. */
async function workerSharesMemory(): Promise<boolean> {
  if (!crossOriginIsolated) return false;
  const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const script = "onmessage = ({ data }) => { new Int32Array(data)[0] = 42; postMessage(0); }";
  const worker = new Worker(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
  worker.postMessage(buffer);
  await new Promise((resolve) => worker.addEventListener("message", resolve));
  return new Int32Array(buffer)[0] === 42;
}
