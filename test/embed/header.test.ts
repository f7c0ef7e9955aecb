/** include/charloom.h says what assembly/abi/constants.ts and the exports of core.wasm say. */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as abi from "../../assembly/abi/constants.ts";
import { fieldsOf, RECORDS } from "./records.ts";
import { findCommand } from "./runtimes.ts";

const header = readFileSync("include/charloom.h", "utf8");

/** "BadModel", or "samplerLoss", as C writes it. */
function snake(name: string): string {
  return name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

/** What only a team's members and their host share: the header leaves it out, as it does the builds with threads. */
const OF_TEAMS = /^(TEAM_(?!MEMBERS)|Work$)/;

test("every number of its own stands in the header, and no other", () => {
  const defines = new Map(
    [...header.matchAll(/^#define CHARLOOM_(\w+) (?:UINT32_C\()?(\w+)\)?$/gm)].map(([, name, value]) => [
      name,
      Number(value),
    ]),
  );
  const numbers = Object.entries(abi).filter(
    ([name, value]) => typeof value === "number" && !/^(CONFIG|STEP|TENSOR)_/.test(name) && !OF_TEAMS.test(name),
  );
  expect(numbers.length).toBeGreaterThan(5);
  expect(Object.fromEntries(defines)).toEqual(Object.fromEntries(numbers));
});

test("every enumeration stands in the header, and no other", () => {
  const inHeader = Object.fromEntries(
    [...header.matchAll(/^enum charloom_(\w+) \{([^}]+)\};$/gm)].map(([, name, body]) => [
      name,
      Object.fromEntries(
        [...body!.matchAll(/(CHARLOOM_\w+) = (-?\d+)/g)].map(([, key, value]) => [key, Number(value)]),
      ),
    ]),
  );
  const inModule = Object.fromEntries(
    Object.entries(abi)
      .filter(([name, value]) => typeof value === "object" && !OF_TEAMS.test(name))
      .map(([name, members]) => [
        snake(name),
        Object.fromEntries(
          Object.entries(members)
            .filter(([, value]) => typeof value === "number")
            .map(([key, value]) => [`CHARLOOM_${snake(name)}_${snake(key)}`.toUpperCase(), value]),
        ),
      ]),
  );
  expect(Object.keys(inModule).length).toBeGreaterThan(3);
  expect(inHeader).toEqual(inModule);
});

const TYPES: Readonly<Record<string, string>> = { i32: "int32_t", u32: "uint32_t", f32: "float", f64: "double" };

for (const record of RECORDS) {
  const structure = `charloom_${record.toLowerCase()}`;
  const { fields, bytes } = fieldsOf(record);

  test(`${structure} has the record's offsets, and asserts them`, () => {
    const asserted = header.match(new RegExp(`^CHARLOOM_ASSERT\\(.*\\b${structure}\\b.*\\);$`, "gm"));
    expect(asserted).toEqual([
      ...fields.map(({ name, offset }) => `CHARLOOM_ASSERT(offsetof(${structure}, ${name}) == ${offset});`),
      `CHARLOOM_ASSERT(sizeof(${structure}) == ${bytes});`,
    ]);
  });

  test(`${structure} has the record's fields and their types`, () => {
    const [, body] = new RegExp(`^typedef struct ${structure} \\{([^}]+)\\}`, "m").exec(header)!;
    const inHeader = [...body!.matchAll(/^ {2}(\w+) (\w+);/gm)].map(([, type, name]) => `${type} ${name}`);
    const expected = fields.map(({ name, type }) => `${TYPES[type]} ${name}`);
    expect(inHeader.filter((field) => field !== "int32_t unused")).toEqual(expected);
  });
}

test("every export has its prototype, with asc's names and types, and no other has", () => {
  const declarations = readFileSync("build/core.d.ts", "utf8");
  const types: Readonly<Record<string, string>> = {
    i32: "uint32_t",
    u32: "uint32_t",
    usize: "uint32_t",
    f32: "float",
    f64: "double",
    void: "void",
  };
  const functions = [...declarations.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {2}export function (\w+)/g)];
  const expected = functions.map(([, comment, name]) => {
    const parameters = [...comment!.matchAll(/@param (\w+) `(\w+)`/g)].map(
      ([, parameter, type]) => `, ${types[type!]} ${snake(parameter!)}`,
    );
    const [, result = "void"] = /@returns `(\w+)`/.exec(comment!) ?? [];
    return `${types[result]} w2c_charloom_${name}(struct w2c_charloom *${parameters.join("")});`;
  });
  const prototypes = [...header.matchAll(/^\w+ w2c_charloom_[^;]+;/gm)].map(([text]) => text.replace(/\s+/g, " "));
  expect(expected.length).toBeGreaterThan(20);
  expect(prototypes.sort()).toEqual(expected.sort());
});

test.skipIf(findCommand("cc") === undefined)("a C and a C++ compiler take it without a warning", () => {
  for (const language of ["c", "c++"]) {
    const options = [
      "-x",
      language,
      "-Wall",
      "-Wextra",
      "-Wpedantic",
      "-Werror",
      "-fsyntax-only",
      "include/charloom.h",
    ];
    const { status, stderr } = spawnSync("cc", options, { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
  }
});
