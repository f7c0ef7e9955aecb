import { expect, test } from "vitest";
import { parseStrictJson } from "../../src/formats/strict-json.ts";

test("JSON without a key twice is what JSON.parse makes of it", () => {
  const texts = [
    '{"a":{"a":1},"b":[{"a":2},{"a":3}]}',
    '"a:b"',
    "[]",
    ' { "a" : "{\\"a\\":1,\\"a\\":2}" } ',
    "null",
    '{"":0}',
  ];
  for (const text of texts) expect(parseStrictJson(text)).toEqual(JSON.parse(text));
});

for (const [text, key] of [
  ['{"a":1,"a":1}', "a"],
  ['{"a":{"b":1,"c":[],"b":2}}', "b"],
  ['[{"x":0},{"a":1,"\\u0061":2}]', "a"],
  ['{"__proto__":1,"b":"}","__proto__":2}', "__proto__"],
  ['{"":1,"":2}', ""],
] as const) {
  test(`${text} is refused, by its key`, () => {
    expect(() => parseStrictJson(text)).toThrow(`the key ${JSON.stringify(key)} stands twice in one object`);
  });
}

test("what is not JSON is refused as JSON.parse refuses it; a million brackets end neither in a crash nor a wait", () => {
  for (const text of ["", "{", "{'a':1}", '{"a":1,}']) expect(() => parseStrictJson(text)).toThrow(SyntaxError);
  expect(() => parseStrictJson("[".repeat(1e6))).toThrow(SyntaxError);
});
