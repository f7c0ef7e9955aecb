import { expect, test } from "vitest";
import { score, scoreAsync } from "../../src/sample/score.ts";
import { createTrainer } from "../../src/train/trainer.ts";

const TEXT = "how now, brown cow\n".repeat(9);
const LONG = TEXT.repeat(2000);
const REASON = new Error("enough");
const { model } = await createTrainer(TEXT, { hiddenSize: 8, initialization: { kind: "normal", scale: 0.7 } });

test("scoreAsync gives the score", async () => {
  expect(await scoreAsync(model, TEXT)).toEqual(score(model, TEXT));
  expect(await scoreAsync(model, `${TEXT}é`, { unknown: "skip" })).toEqual(score(model, TEXT));
  await expect(scoreAsync(model, `${TEXT}é`)).rejects.toThrow("is not in the model's vocabulary");
});

test("scoreAsync frees the thread, and an abort ends it with its reason", async () => {
  await expect(scoreAsync(model, TEXT, { signal: AbortSignal.abort(REASON) })).rejects.toBe(REASON);
  const controller = new AbortController();
  setTimeout(() => controller.abort(REASON), 10);
  await expect(scoreAsync(model, LONG, { signal: controller.signal })).rejects.toBe(REASON);
});
