/** What a checkpoint says of its training is checked before anything is done with it: field by field, at every depth. */

import { describe, expect, test } from "vitest";
import { readRecipe, readTraining, recipeText } from "../../src/formats/metadata.ts";
import { FormatError } from "../../src/formats/safetensors.ts";
import { completeRecipe } from "../../src/model/recipe.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Path = readonly (string | number)[];

const state = () => ({
  steps: 30,
  cursor: { passes: 1, position: 25, offset: 0 },
  smoothLoss: 70.5,
  rateFactor: 0.5,
  trainLoss: 2.25 as number | null,
  sampleIndex: 200,
});

/** A record with everything that one may hold. */
const whole = () => ({
  version: 1,
  state: state(),
  data: { sha256: "0a".repeat(32), files: ["a.txt"], builtin: "sonnets", normalizeNewlines: true },
  history: [
    { event: "created", version: "0.1.0", initFrom: "weights.safetensors" },
    {
      event: "changed",
      version: "0.1.0",
      step: 10,
      overrides: { learningRate: [0.1, null] },
      newData: "f9".repeat(32),
    },
  ],
  run: {
    steps: 100,
    time: 20,
    seconds: 1.5,
    epochs: 0.5,
    untilLoss: -1,
    patience: 3,
    evalEvery: 10,
    sampleEvery: { steps: 100 } as Record<string, number>,
    sampleLength: 200,
    temperature: 0,
    onNan: "rollback",
    preset: "toy",
  },
  best: { loss: 1.5, step: 20 },
  earlyStopping: { looksSince: 2, best: { loss: 1.5, step: 20 }, state: state() },
  guard: { rollbacks: 1, attempts: 2, lastRate: 0.05, state: state() },
});
/** All that a record may lack. */
const OPTIONAL = new Set([
  ...["run", "best", "earlyStopping", "guard"],
  ...["data.files", "data.builtin", "data.normalizeNewlines"],
  ...["history.0.initFrom", "history.1.step", "history.1.overrides", "history.1.newData"],
  ...["steps", "time", "seconds", "epochs", "untilLoss", "patience", "sampleEvery", "preset"].map((x) => `run.${x}`),
]);

const read = (record: unknown) => readTraining(new Map([["training", JSON.stringify(record)]]), "file");

/** Every place of a value, and what stands there, from the outside inwards. */
function* places(value: Json, path: Path = []): Generator<[Path, Json]> {
  if (path.length > 0) yield [path, value];
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    yield* places(inner, [...path, Array.isArray(value) ? Number(key) : key]);
  }
}

/** A whole record with another value in one place, or, with undefined, with none. */
function altered(path: Path, value: Json | undefined): unknown {
  const record = whole() as Json;
  let holder = record as Record<string | number, Json>;
  for (const key of path.slice(0, -1)) holder = holder[key] as Record<string | number, Json>;
  if (value === undefined) delete holder[path.at(-1)!];
  else holder[path.at(-1)!] = value;
  return record;
}

const EVERY_PLACE = [...places(whole() as Json)]
  // what a field was and became may be anything
  .filter(([path]) => !path.join(".").startsWith("history.1.overrides.learningRate."));

describe("a record of training", () => {
  test("with all that one may hold is read as it was written", () => {
    expect(read(whole())).toEqual(whole());
    expect(readTraining(new Map(), "file")).toBeUndefined();
  });

  test("may lack its optional fields, one by one, and no other", () => {
    for (const [path] of EVERY_PLACE) {
      const place = path.join(".");
      // a list may be shorter
      if (place === "history.1" || place === "history.0" || place === "data.files.0" || /overrides\./.test(place))
        continue;
      const record = altered(path, undefined);
      if (OPTIONAL.has(place)) expect(read(record), place).toEqual(record);
      else expect(() => read(record), place).toThrow(FormatError);
    }
  });

  test("says nulls where it may: no loss yet, no best", () => {
    for (const place of ["state.trainLoss", "earlyStopping.best", "earlyStopping.state"]) {
      const record = altered(place.split("."), null);
      expect(read(record), place).toEqual(record);
    }
  });

  test("with a value of another type, anywhere, is refused by its place", () => {
    for (const [path, value] of EVERY_PLACE) {
      const place = path.join(".");
      if (place === "version") continue;
      const others: Json[] = [typeof value === "string" ? 1 : "1", typeof value === "boolean" ? 1 : true];
      for (const other of others) {
        expect(() => read(altered(path, other)), `${place}: ${other}`).toThrow(
          // of an interval, which has one of two forms, the whole is named
          new RegExp(
            `^file: training\\.${place.replace("Every.steps", "Every").replaceAll(".", "\\.")}.*: expected .+; the file is damaged$`,
          ),
        );
      }
    }
  });

  test("with a field that is not known, in any object, is refused", () => {
    for (const [path, value] of EVERY_PLACE) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) continue;
      if (path.join(".") === "history.1.overrides") continue; // whose names are the recipe's
      expect(() => read(altered([...path, "later"], 1)), path.join(".")).toThrow(FormatError);
    }
    expect(() => read({ ...whole(), later: 1 })).toThrow("file: training.later: expected never");
  });

  test("an interval that is none says what it may be, and what it is", () => {
    expect(() => read(altered(["run", "sampleEvery"], { steps: "many" }))).toThrow(
      'file: training.run.sampleEvery: expected {"steps":n} or {"seconds":n}, got {"steps":"many"}; the file is damaged',
    );
  });

  const outOfRange: [string, Json[]][] = [
    ["state.steps", [-1, 0.5, 2 ** 53]],
    ["state.cursor.position", [-1, 0.5]],
    ["state.rateFactor", [-0.1, 1.1]],
    ["run.steps", [0, -1, 0.5]],
    ["run.time", [-1]],
    ["run.temperature", [-0.1]],
    ["run.onNan", ["go on"]],
    ["run.sampleEvery", [{}, { steps: 1, seconds: 1 }, { seconds: -1 }]],
    ["data.files", [[]]],
    ["data.builtin", ["x".repeat(4097)]],
    ["data.sha256", ["0A".repeat(32), "0a".repeat(31), `${"0a".repeat(32)}0`, `x${"0a".repeat(32)}`]],
    ["history.0.event", ["stopped"]],
    ["history.1.overrides", [{ learningRate: 0.1 }, 1]],
  ];
  for (const [place, values] of outOfRange) {
    test(`with ${place} out of its range is refused`, () => {
      for (const value of values) {
        expect(() => read(altered(place.split("."), value)), JSON.stringify(value)).toThrow(`file: training.${place}`);
      }
    });
  }

  test("may hold the least and the most of each range", () => {
    const least: [string, Json][] = [
      ["state.steps", 0],
      ["state.rateFactor", 0],
      ["state.rateFactor", 1],
      ["run.steps", 1],
      ["run.time", 0],
      ["run.sampleEvery", { seconds: 0 }],
      ["data.builtin", "x".repeat(4096)],
    ];
    for (const [place, value] of least) {
      const record = altered(place.split("."), value);
      expect(read(record), place).toEqual(record);
    }
  });

  test("of another version, or of none, is not looked at further", () => {
    for (const [record, got] of [
      [{ version: 2 }, "2"],
      [{ version: "1" }, '"1"'],
      [{}, "undefined"],
      [[], "undefined"],
      [null, "undefined"],
      ["training", "undefined"],
    ]) {
      expect(() => read(record)).toThrow(`file: training: expected version 1, got ${got}; go on with the version`);
    }
  });
});

describe("a recipe", () => {
  const recipeOf = (fields: Json) => readRecipe(new Map([["recipe", JSON.stringify(fields)]]), "file");

  test("comes back as it was written, bounds of none too", () => {
    const recipe = completeRecipe({ hiddenSize: 3, clipValue: Number.POSITIVE_INFINITY, learningRate: 0.3 });
    expect(readRecipe(new Map([["recipe", recipeText(recipe)]]), "file")).toEqual(recipe);
    expect(recipeText(recipe)).toContain('"clipValue":null');
  });

  test("takes null for a bound alone", () => {
    for (const bound of ["clipValue", "clipNorm", "limit"]) {
      expect(recipeOf({ [bound]: null })).toMatchObject({ [bound]: Number.POSITIVE_INFINITY });
    }
    expect(() => recipeOf({ hiddenSize: null })).toThrow("file: recipe: hiddenSize: expected");
  });

  test("that is none is refused", () => {
    for (const none of ["rnn", 1, null, [], [{}]])
      expect(() => recipeOf(none)).toThrow("file: its metadata has no recipe");
    expect(() => recipeOf({ learningRate: { start: null } })).toThrow("file: recipe.learningRate: expected");
    expect(() => recipeOf({ initialization: { kind: [1] } })).toThrow("file: recipe.initialization: expected");
    const nine = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`field${i}`, i]));
    expect(() => recipeOf({ initialization: nine })).toThrow("file: recipe.initialization: expected <=8");
    expect(() => recipeOf({ later: 1 })).toThrow(
      /^file: recipe: later: not a field.*; the file is damaged, or of a later version of charloom$/,
    );
  });
});
