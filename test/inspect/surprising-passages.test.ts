import { expect, test } from "vitest";
import { surprisingPassages } from "../../src/index.ts";

test("passages are the stretches with the most nats, none of which share a token", () => {
  const nats = [1, 1, 9, 8, 1, 1, 1, 7, 7, 1];
  expect(surprisingPassages(nats, { length: 2, count: 3 })).toEqual([
    { start: 2, end: 4, natsPerToken: 8.5 },
    { start: 7, end: 9, natsPerToken: 7 },
  ]);
  expect(surprisingPassages(nats, { length: 2, count: 1 })).toHaveLength(1);
});

test("a stretch that touches another is a passage of its own; of equals the earlier is first", () => {
  expect(surprisingPassages([5, 5, 5, 5, 0, 0, 0, 0], { length: 2 }).map(({ start }) => start)).toEqual([0, 2]);
});

test("nothing stands out of a text that is equally surprising, or shorter than a passage", () => {
  expect(surprisingPassages([2, 2, 2, 2], { length: 2 })).toEqual([]);
  expect(surprisingPassages(Array(99).fill(0.1), { length: 7 })).toEqual([]);
  expect(surprisingPassages([1, 9], { length: 5 })).toEqual([]);
  expect(surprisingPassages([])).toEqual([]);
});

test("lengths and counts out of range are refused", () => {
  expect(() => surprisingPassages([1], { length: 0 })).toThrow("length: expected a whole number from 1");
  expect(() => surprisingPassages([1], { count: -1 })).toThrow("count: expected a whole number from 0");
});
