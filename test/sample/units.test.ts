/** Samples and scores of lines, words and bytes: what separates tokens, what ends a line, what a text is worth. */

import { describe, expect, test } from "vitest";
import type { LanguageModel } from "../../src/model/language-model.ts";
import type { Recipe } from "../../src/model/recipe.ts";
import { generate, sample } from "../../src/sample/sampler.ts";
import { score, scoreTokens } from "../../src/sample/score.ts";
import { TextReader } from "../../src/sample/text-reader.ts";
import { createTrainer, type Trainer } from "../../src/train/trainer.ts";

async function trained(text: string, fields: Partial<Recipe>, steps = 300): Promise<Trainer> {
  const recipe = { hiddenSize: 16, initialization: { kind: "fan", scale: 1 }, ...fields } as const;
  const trainer = await createTrainer(text, recipe);
  for (let i = 0; i < steps; i++) trainer.step();
  return trainer;
}

/** The first pieces of an endless sample. */
function begin(model: LanguageModel, pieces: number, options: object = {}): string[] {
  const taken: string[] = [];
  for (const piece of generate(model, { ...options, length: Number.POSITIVE_INFINITY })) {
    taken.push(piece);
    if (taken.length === pieces) break;
  }
  return taken;
}

describe("a model of lines", async () => {
  const { model } = await trained("anna\nbert\ncarla", { examples: "lines" });

  test("ends at the end of its line, and never hands the line break out", () => {
    expect(sample(model, { prime: "a", temperature: 0 })).toBe("nna");
    expect(sample(model, { prime: "bert", temperature: 0 })).toBe("");
    for (let seed = 0; seed < 50; seed++) expect(sample(model, { seed, temperature: 2 })).not.toContain("\n");
  });

  test("has no more tokens than asked for", () => {
    for (let length = 0; length <= 4; length++) {
      expect(sample(model, { prime: "c", temperature: 0, length })).toBe("arla".slice(0, length));
    }
  });

  test("samples from a new line on where nothing stands before: each line begins one", () => {
    const begun = new Set(Array.from({ length: 60 }, (_, seed) => sample(model, { seed, length: 1 })));
    for (const first of ["a", "b", "c"]) expect(begun).toContain(first);
  });

  test("goes on line after line without end, each from a fresh state, the first after the prime", () => {
    const text = begin(model, 120, { prime: "ber", temperature: 0 }).join("");
    const fresh = sample(model, { temperature: 0 });
    const [first, ...rest] = text.split("\n");
    expect(first).toBe("t");
    expect(rest.length).toBeGreaterThan(10);
    expect(new Set(rest.slice(0, -1))).toEqual(new Set([fresh]));
  });

  test("draws lines of their own after each break", () => {
    const drawn = new Set(begin(model, 400, { seed: 3 }).join("").split("\n").slice(0, -1));
    for (const line of ["anna", "bert", "carla"]) expect(drawn).toContain(line);
  });
});

describe("a model of words", async () => {
  const { model } = await trained("so it goes and so it went\tand\nso  on ".repeat(4), { unit: "word" });
  const known = new Set(model.vocabulary.tokens);

  test("joins words by single spaces, with one between the prime and the first", () => {
    for (const prime of ["so it", "so\n it  ", "so it "]) {
      const drawn = sample(model, { prime, temperature: 3, length: 30 });
      expect(drawn).toMatch(/^( \S+){30}$/);
      for (const word of drawn.trim().split(" ")) expect(known).toContain(word);
    }
  });

  test("begins with a word where there is no prime, counted with the others", () => {
    for (let seed = 0; seed < 9; seed++) {
      for (const length of [1, 2, 7])
        expect(sample(model, { seed, length })).toMatch(new RegExp(`^\\S+( \\S+){${length - 1}}$`));
    }
    expect(sample(model, { length: 0 })).toBe("");
  });

  test("stops at a stop string across words", () => {
    const whole = sample(model, { prime: "so", temperature: 0, length: 20 });
    const stop = whole.slice(3, 9);
    expect(sample(model, { prime: "so", temperature: 0, length: 20, stop: [stop] })).toBe(
      whole.slice(0, whole.indexOf(stop)),
    );
  });

  test("has an endless stream of words, lines or not", async () => {
    const lines = await trained("so it goes\nand so on", { unit: "word", examples: "lines" });
    for (const each of [model, lines.model]) expect(begin(each, 50).join("")).toMatch(/^\S+( \S+){49}$/);
  });
});

describe("a model of bytes", async () => {
  const text = "naïve Ünïcødé 中文 🎲\n";
  const { model } = await trained(text.repeat(12), {
    unit: "byte",
    cell: "gru",
    optimizer: "adam",
    learningRate: 0.02,
    loss: "mean",
  });

  test("hands characters out whole, however many bytes they have", () => {
    const pieces = [...generate(model, { prime: "naïve ", temperature: 0, length: 60 })];
    for (const piece of pieces) expect([...piece], JSON.stringify(piece)).toHaveLength(1);
    const drawn = pieces.join("");
    expect(drawn).toBe(text.repeat(4).slice(6, 6 + drawn.length));
  });

  test("marks a character that the end of the sample cuts, and no other", () => {
    const dice = (length: number) => sample(model, { prime: "naïve Ünïcødé 中文 ", temperature: 0, length });
    expect([1, 2, 3, 4].map(dice)).toEqual(["\uFFFD", "\uFFFD", "\uFFFD", "🎲"]);
    expect(dice(0)).toBe("");
  });

  test("gives every byte that it draws: nonsense decodes as a decoder would", async () => {
    const { model } = await createTrainer("ab", { unit: "byte", hiddenSize: 2 });
    const drawn = sample(model, { prime: "a", length: 3000, seed: 5 });
    expect(drawn).toContain("\uFFFD");
    expect(drawn.length).toBeLessThanOrEqual(3000);
    expect(drawn).toBe([...generate(model, { prime: "a", length: 3000, seed: 5 })].join(""));
  });

  test("of lines ends at the byte of the line break", async () => {
    const lines = await trained("né\nåb", { unit: "byte", examples: "lines" });
    expect(sample(lines.model, { prime: "n", temperature: 0 })).toBe("é");
    expect(begin(lines.model, 3, { prime: "n", temperature: 0 }).slice(0, 2)).toEqual(["é", "\n"]);
  });
});

/** -log of a token's probability after others, from a zero state. */
function surprise(model: LanguageModel, before: readonly string[], token: string): number {
  const reader = new TextReader(model);
  for (const each of before) reader.feedToken(indexOf(model, each));
  return -Math.log(reader.probabilities()[indexOf(model, token)]!);
}

/** The index of a token by the text that a score gives it. */
function indexOf({ vocabulary }: LanguageModel, token: string): number {
  return vocabulary.tokens.findIndex((_, index) => vocabulary.tokenText(index) === token);
}

function expectScores(model: LanguageModel, text: string, expected: readonly (readonly [string[], string])[]): void {
  const scored = [...scoreTokens(model, text)];
  expect(scored.map(({ token }) => token)).toEqual(expected.map(([, token]) => token));
  for (const [i, [before, token]] of expected.entries()) {
    expect(scored[i]!.nats / surprise(model, before, token), `token ${i + 1}`).toBeCloseTo(1, 5);
    expect(scored[i]!.probability).toBeCloseTo(Math.exp(-scored[i]!.nats), 14);
  }
  const total = score(model, text);
  expect(total.tokens).toBe(expected.length);
  expect(total.nats).toBe(scored.reduce((sum, { nats }) => sum + nats, 0));
}

describe("a score", () => {
  test("of lines counts every character and the line break, each line from a line break and a zero state", async () => {
    const { model } = await trained("anna\nbert\ncarla", { examples: "lines" });
    expectScores(model, "an\n\nb\n", [
      [["\n"], "a"],
      [["\n", "a"], "n"],
      [["\n", "a", "n"], "\n"],
      [["\n"], "b"],
      [["\n", "b"], "\n"],
    ]);
    const reversed = score(model, "b\nan");
    expect(reversed.nats / score(model, "an\nb").nats).toBeCloseTo(1, 12);
    expect(() => score(model, "an\nbx")).toThrow('text: line 2: "x" (U+0078), character 2');
    expect(() => score(model, "\n\n")).toThrow(/^text: expected a line/);
  });

  test("of words counts all but the first; of lines each ends with the next one's first, the last with the first's", async () => {
    const text = "so it goes\nand so it went";
    const { model } = await trained(text, { unit: "word" });
    expectScores(model, "so  it\nwent", [
      [["so"], "it"],
      [["so", "it"], "went"],
    ]);
    const lines = await trained(text, { unit: "word", examples: "lines" });
    expectScores(lines.model, "so it\nand\nit went and", [
      [["so"], "it"],
      [["so", "it"], "and"],
      [["and"], "it"],
      [["it"], "went"],
      [["it", "went"], "and"],
      [["it", "went", "and"], "so"],
    ]);
    expectScores(lines.model, "so it\n", [[["so"], "it"]]); // a line alone is followed by nothing
    expect(() => score(lines.model, "so\n\n")).toThrow("text: expected a line of at least 2 words, got none");
    expect(() => score(model, "so")).toThrow("text: expected at least 2 words, got 1");
  });

  test("of rare words is that of <unk>", async () => {
    const { model } = await trained("so it goes and so it went and so", { unit: "word", minCount: 2 });
    expectScores(model, "so what and", [
      [["so"], "<unk>"],
      [["so", "<unk>"], "and"],
    ]);
  });

  test("of bytes counts bytes, printable ones by their characters", async () => {
    const { model } = await trained("né né né", { unit: "byte" });
    expectScores(model, "né", [
      [["n"], "<0xC3>"],
      [["n", "<0xC3>"], "<0xA9>"],
    ]);
    expect([...scoreTokens(model, "é n")].map(({ token }) => token)).toEqual(["<0xA9>", " ", "n"]);
  });

  test("of a model in lower case is that of the lower case", async () => {
    const { model } = await trained("anna\nbert", { examples: "lines", lowercase: true });
    expect(score(model, "ANNA\nBert")).toEqual(score(model, "anna\nbert"));
  });

  test("skips what is unknown on demand", async () => {
    const { model } = await trained("abcabc", {});
    expect(score(model, "axbxc", "skip")).toEqual(score(model, "abc"));
  });
});
