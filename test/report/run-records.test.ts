import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidValueError } from "../../src/core/errors.ts";
import { parseRunLog, RunLogReader } from "../../src/report/run-records.ts";
import { entry, logOf, logOfSteps } from "./log-lines.ts";

test("a log becomes columns, curves and samples", () => {
  const recipe = { cell: "lstm", clipNorm: null };
  const first = {
    ...{ run: { corpus: "sonnets", unit: "word", recipe, preset: "char-rnn" } },
    ...{ initialSample: "noise", initialTrainLoss: 4.1 },
  };
  const log = logOf(entry(1, first), entry(2, { valLoss: 3.5, sample: "less" }), entry(3, { trainLoss: 3 }));
  const records = parseRunLog(log, "a.jsonl");
  expect(records.name).toBe("a.jsonl");
  expect([...records.steps]).toEqual([1, 2, 3]);
  expect([...records.epochs]).toEqual([0.01, 0.02, 0.03]);
  expect([...records.gradientNorm]).toEqual([50, 50, 50]);
  expect(records.validationLoss).toEqual({ steps: Float64Array.of(2), values: Float64Array.of(3.5) });
  expect(records.trainLoss).toEqual({ steps: Float64Array.of(0, 3), values: Float64Array.of(4.1, 3) });
  expect(records.samples).toEqual([
    { step: 0, text: "noise" },
    { step: 2, text: "less" },
  ]);
  expect(records.run).toEqual(first.run);
});

test("an older log has no more than steps and losses", () => {
  const { run, smoothLoss, samples } = parseRunLog('{"step":1,"loss":2}\n{"step":2,"loss":1.5}\n');
  expect(run).toEqual({});
  expect([...smoothLoss]).toEqual([Number.NaN, Number.NaN]);
  expect(samples).toEqual([]);
});

test("null, as JSON has what is not finite, is NaN", () => {
  expect([...parseRunLog('{"step":1,"loss":null,"gradNorm":null}\n').loss]).toEqual([Number.NaN]);
});

test("where pieces end makes no difference", () => {
  const bytes = new TextEncoder().encode(logOfSteps(5, (step) => ({ sample: `é\u{1F600} ${step}`, valLoss: step })));
  const whole = parseRunLog(bytes);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 8 }), (cuts) => {
      const reader = new RunLogReader("log");
      const ends = [...cuts, bytes.length].sort((a, b) => a - b);
      for (const [i, end] of ends.entries()) reader.read(bytes.slice(i === 0 ? 0 : ends[i - 1], end));
      expect(reader.finish()).toEqual(whole);
    }),
  );
});

test("a last line that is cut off anywhere is left out", () => {
  const bytes = new TextEncoder().encode(logOfSteps(2, () => ({ sample: "é\u{1F600}" })));
  const start = bytes.indexOf(10) + 1;
  for (let end = start; end < bytes.length - 1; end++) {
    expect([...parseRunLog(bytes.slice(0, end)).steps], `${end - start} bytes`).toEqual([1]);
  }
  expect([...parseRunLog(bytes.slice(0, -1)).steps]).toEqual([1, 2]);
});

test("carriage returns and empty lines are no damage", () => {
  expect([...parseRunLog(logOfSteps(3).replaceAll("\n", "\r\n\r\n")).steps]).toEqual([1, 2, 3]);
});

describe("a run that went back", () => {
  const before = [1, 2, 3, 4, 5].map((step) => entry(step, { loss: 10 + step, valLoss: 20, sample: "old" }));
  const after = [3, 4].map((step) => entry(step, { loss: step, ...(step === 4 ? { valLoss: 2, sample: "new" } : {}) }));
  const records = parseRunLog(logOf(...before, ...after));

  test("counts the last of the lines with the same step, and none that followed the first", () => {
    expect([...records.steps]).toEqual([1, 2, 3, 4]);
    expect([...records.loss]).toEqual([11, 12, 3, 4]);
  });

  test("has no validation and no sample of what it undid", () => {
    expect([...Array.from(records.validationLoss.steps)]).toEqual([1, 2, 4]);
    expect(records.samples.map(({ step, text }) => `${step} ${text}`)).toEqual(["1 old", "2 old", "4 new"]);
  });

  test("says so", () => {
    expect(records.rollbacks).toEqual([{ from: 5, to: 3 }]);
  });
});

test("a run that begins anew has but one beginning", () => {
  const start = (text: string) => entry(1, { initialSample: text, initialTrainLoss: text.length });
  const { samples, trainLoss } = parseRunLog(logOf(start("first"), entry(2), start("again!")));
  expect(samples).toEqual([{ step: 0, text: "again!" }]);
  expect([...Array.from(trainLoss.values)]).toEqual([6]);
});

describe("a damaged log gives an error with its name and the line", () => {
  const good = logOfSteps(1);
  const second = (more: Record<string, unknown>) => good + logOf(entry(2, more)) + logOf(entry(3));
  const cases: [string, string | Uint8Array, string][] = [
    ["nothing", "", "expected a line for each step, got none"],
    ["only the beginning of a line", good.slice(0, 20), "expected a line for each step, got none"],
    ["text", `${good}hello\n`, 'line 2: expected a JSON object, got "hello"'],
    [
      "half a line that others follow",
      `${good}${good.slice(0, 50)}\n${good}`,
      'line 2: expected a JSON object, got "{\\"step\\":1,\\"epoch\\":0.01,\\"loss\\":3.999,\\"smo"…',
    ],
    ["a list", `${good}[1]\n`, 'line 2: expected a JSON object, got "[1]"'],
    ["a number", `${good}12`, 'line 2: expected a JSON object, got "12"'],
    ["no step", `${good}{"loss":1}\n`, 'line 2: expected "step" to be a whole number from 1, got nothing'],
    ["half a step", second({ step: 1.5 }), 'line 2: expected "step" to be a whole number from 1, got 1.5'],
    ["step 0", second({ step: 0 }), 'line 2: expected "step" to be a whole number from 1, got 0'],
    ["a step in words", second({ step: "two" }), 'line 2: expected "step" to be a whole number from 1, got "two"'],
    ["no loss", `${good}{"step":2}\n`, 'line 2: expected "loss" to be a number, got nothing'],
    ["a loss in words", second({ loss: "low" }), 'line 2: expected "loss" to be a number, got "low"'],
    [
      "a validation loss that is a list",
      second({ valLoss: [1] }),
      'line 2: expected "valLoss" to be a number, got a list',
    ],
    ["a sample that is a number", second({ sample: 5 }), 'line 2: expected "sample" to be a string, got 5'],
    ["a run that is a string", second({ run: "r" }), 'line 2: expected "run" to be an object, got "r"'],
    [
      "lines of half a step",
      second({ run: { stepsPerLine: 0.5 } }),
      'line 2: expected "stepsPerLine" to be a whole number from 1, got 0.5',
    ],
    [
      "a recipe that is a list",
      second({ run: { recipe: [] } }),
      'line 2: expected "recipe" to be an object, got a list',
    ],
    [
      "a unit that is an object",
      second({ run: { unit: {} } }),
      'line 2: expected "unit" to be a string, got an object',
    ],
    [
      "other bytes than UTF-8",
      Buffer.from(`${good}{"sample":"\xff"}\n`, "latin1"),
      "line 2: expected UTF-8, got other bytes",
    ],
    [
      "a line without an end",
      new Uint8Array(17 << 20).fill(65),
      "line 1: expected a line of a log, got more than 16 MB",
    ],
  ];
  for (const [what, log, message] of cases) {
    test(what, () => {
      expect(() => parseRunLog(log, "r.jsonl")).toThrow(new InvalidValueError(`r.jsonl: ${message}`));
    });
  }
});
