import { afterEach, expect, test, vi } from "vitest";
import { Turns } from "../../src/core/turns.ts";

afterEach(() => void vi.unstubAllGlobals());

for (const [host, missing] of [
  ["Node", []],
  ["a page", ["setImmediate"]],
  ["a host without either", ["setImmediate", "MessageChannel"]],
] as const) {
  test(`in ${host} a turn ends, and others have theirs before the next`, async () => {
    for (const name of missing) vi.stubGlobal(name, undefined);
    const turns = new Turns(undefined, 5);
    expect(turns.over).toBe(false);
    const start = performance.now();
    while (performance.now() < start + 6);
    expect(turns.over).toBe(true);
    let other = false;
    setTimeout(() => {
      other = true;
    });
    while (!other) await turns.next();
    expect(turns.over).toBe(false);
  });
}

test("an abort throws its reason, at once and at the next check", () => {
  const reason = new Error("enough");
  expect(() => new Turns(AbortSignal.abort(reason))).toThrow(reason);
  const controller = new AbortController();
  const turns = new Turns(controller.signal);
  turns.check();
  controller.abort(reason);
  expect(() => turns.check()).toThrow(reason);
});
