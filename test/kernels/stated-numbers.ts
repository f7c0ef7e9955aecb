import { readFileSync } from "node:fs";

/** The numbers that a kernel's doc comment states: a tested bound stands in one place, where its users read it. */
export function statedNumbers(path: string, sentence: RegExp): number[] {
  const source = readFileSync(new URL(`../../${path}`, import.meta.url), "utf8").replace(/\n \*/g, "");
  const numbers = sentence.exec(source)?.slice(1).map(Number);
  if (numbers === undefined || numbers.some(Number.isNaN)) {
    throw new Error(`${path}: expected a comment that matches ${sentence}, got none; change the two together`);
  }
  return numbers;
}
