import { expect, test } from "vitest";
import { generate, generateAsync, type SampleOptions } from "../../src/sample/sampler.ts";
import { createTrainer } from "../../src/train/trainer.ts";

const { model } = await createTrainer("how now, brown cow\n".repeat(9), {
  hiddenSize: 8,
  initialization: { kind: "normal", scale: 0.7 },
});
const REASON = new Error("enough");

async function collect(options: SampleOptions & { signal?: AbortSignal }, look = (_pieces: string[]) => {}) {
  const pieces: string[] = [];
  for await (const piece of generateAsync(model, options)) {
    pieces.push(piece);
    look(pieces);
  }
  return pieces;
}

test("generateAsync gives the pieces of generate, to the last one", async () => {
  for (const options of [
    {},
    { seed: 7, temperature: 2 },
    { prime: "how", length: 2000 },
    { stop: ["w"] },
    { length: 0 },
  ]) {
    expect(await collect(options)).toEqual([...generate(model, options)]);
  }
});

test("generateAsync frees the thread while it draws", async () => {
  let others = 0;
  const other = setInterval(() => others++, 1);
  const end = performance.now() + 100;
  for await (const _ of generateAsync(model, { length: Number.POSITIVE_INFINITY })) if (performance.now() > end) break;
  clearInterval(other);
  expect(others).toBeGreaterThan(1);
});

test("an aborted signal ends generateAsync with its reason: before the first piece, and before the next", async () => {
  const none = () => expect.fail("a piece was handed out");
  await expect(collect({ length: 9, signal: AbortSignal.abort(REASON) }, none)).rejects.toBe(REASON);
  const controller = new AbortController();
  let taken = 0;
  const abortAtThird = (pieces: string[]) => {
    taken = pieces.length;
    if (taken === 3) controller.abort(REASON);
  };
  await expect(collect({ length: 9, signal: controller.signal }, abortAtThird)).rejects.toBe(REASON);
  expect(taken).toBe(3);
});

test("a timer's abort ends an endless generateAsync", async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(REASON), 30);
  await expect(collect({ length: Number.POSITIVE_INFINITY, signal: controller.signal })).rejects.toBe(REASON);
});

test("generateAsync that is left early is over, and refuses options as generate does", async () => {
  const pieces = generateAsync(model, { length: 9 });
  await pieces.next();
  await pieces.return();
  expect(await pieces.next()).toEqual({ done: true, value: undefined });
  await expect(generateAsync(model, { length: -1 }).next()).rejects.toThrow(/^length: expected a whole number/);
});
