import { describe, expect, test } from "vitest";
import { parameterHash } from "../../src/model/parameter-hash.ts";
import { createTrainer, type RunOptions, type StepReport, type Trainer } from "../../src/train/trainer.ts";

const REASON = new Error("enough");

function trainer(): Promise<Trainer> {
  return createTrainer("how now, brown cow\n".repeat(9), { hiddenSize: 8, sequenceLength: 5 });
}

async function collect(trainer: Trainer, options: RunOptions, look = (_reports: StepReport[]) => {}) {
  const reports: StepReport[] = [];
  for await (const report of trainer.run(options)) {
    reports.push(report);
    look(reports);
  }
  return reports;
}

describe("Trainer.run", () => {
  test("gives the reports of as many steps, and leaves what they leave", async () => {
    const [looped, stepped] = [await trainer(), await trainer()];
    const reports = Array.from({ length: 30 }, () => stepped.step());
    // in slices of any length
    expect(await collect(looped, { steps: 10 })).toEqual(reports.slice(0, 10));
    expect(await collect(looped, { steps: 20, sliceMilliseconds: 0 })).toEqual(reports.slice(10));
    expect(await collect(looped, { steps: 0 })).toEqual([]);
    expect(await parameterHash(looped.model.engine)).toBe(await parameterHash(stepped.model.engine));
  });

  test("frees the thread while it trains", async () => {
    let others = 0;
    const other = setInterval(() => others++, 1);
    const end = performance.now() + 100;
    for await (const _ of (await trainer()).run({ sliceMilliseconds: 5 })) if (performance.now() > end) break;
    clearInterval(other);
    expect(others).toBeGreaterThan(1);
  });

  test("takes no step after an abort, whose reason it throws; the trainer goes on from there", async () => {
    const [aborted, whole] = [await trainer(), await trainer()];
    await expect(collect(aborted, { signal: AbortSignal.abort(REASON) })).rejects.toBe(REASON);
    expect(aborted.steps).toBe(0);
    const controller = new AbortController();
    const abortAtThird = (reports: StepReport[]) => {
      if (reports.length === 3) controller.abort(REASON);
    };
    await expect(collect(aborted, { signal: controller.signal }, abortAtThird)).rejects.toBe(REASON);
    expect(aborted.steps).toBe(3);
    await collect(aborted, { steps: 4 });
    await collect(whole, { steps: 7 });
    expect(await parameterHash(aborted.model.engine)).toBe(await parameterHash(whole.model.engine));
  });

  test("is ended by a timer's abort, and by leaving the loop", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(REASON), 30);
    await expect(collect(await trainer(), { signal: controller.signal })).rejects.toBe(REASON);
    const left = await trainer();
    for await (const { step } of left.run()) if (step === 5) break;
    expect(left.steps).toBe(5);
  });

  test("refuses what is no number of steps or milliseconds", async () => {
    for (const [options, message] of [
      [{ steps: -1 }, /^steps: expected a whole number from 0/],
      [{ steps: 1.5 }, /^steps: expected a whole number from 0/],
      [{ sliceMilliseconds: -1 }, /^sliceMilliseconds: expected a number from 0 to 3600000, got -1/],
    ] as const) {
      await expect(collect(await trainer(), options)).rejects.toThrow(message);
    }
  });
});
