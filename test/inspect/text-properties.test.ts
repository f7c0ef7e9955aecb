import { expect, test } from "vitest";
import { type TextProperty, textProperty } from "../../src/index.ts";

/** The values of a property, a digit for each character, under the text that they belong to. */
function digits(property: TextProperty, text: string): string {
  return textProperty(text, property).join("");
}

test("a quotation is what stands from the opening mark to before the closing one", () => {
  expect(digits("quotes", 'a "b c" d')).toBe("001111000");
  expect(digits("quotes", "“a” «b» „c“ 「d」")).toBe("110011001100110");
  expect(digits("quotes", "“a 'b' c” d"), "single ones may be apostrophes").toBe("11111111000");
  expect(digits("quotes", '"a\nb'), "a line break ends none").toBe("1111");
  expect(digits("quotes", '"a\n\nb'), "an empty line does").toBe("11100");
  expect(digits("quotes", '"a\r\n\r\nb')).toBe("1111100");
});

test("brackets count as deep as they are nested, and never below none", () => {
  expect(digits("brackets", "a(b[c]{d})e)(f")).toBe("01122122100011");
});

test("positions count from the line break and from the word's beginning", () => {
  expect(digits("linePosition", "ab\n\nc")).toBe("12001");
  expect(digits("wordPosition", "don't, 7é")).toBe("123450012");
});

test("indentation counts white space at the beginning of a line and keeps its value to the end", () => {
  expect(digits("indentation", "  a b\n\tc\nd")).toBe("1222201100");
});

test("kinds of characters, by Unicode", () => {
  const text = "Éa ǅ\t٣!\n«1";
  expect(digits("capitals", text)).toBe("1001000000");
  expect(digits("spaces", text)).toBe("0010100100");
  expect(digits("digits", text)).toBe("0000010001");
  expect(digits("punctuation", text)).toBe("0000001010");
});

test("a code point of another plane is one character", () => {
  expect(digits("linePosition", "😀a")).toBe("12");
});

test("an unknown property is refused", () => {
  expect(() => textProperty("a", "vowels" as TextProperty)).toThrow(
    'property: expected quotes or brackets or linePosition or wordPosition or indentation or capitals or spaces or punctuation or digits, got "vowels"',
  );
});
