import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NO_TARGET } from "../../src/core/engine.ts";
import type { ChunkSource } from "../../src/data/chunk-source.ts";
import { ChunkStream } from "../../src/data/chunk-stream.ts";
import { TokenizedText } from "../../src/data/corpus.ts";
import { LineBatches, longestLine } from "../../src/data/line-batches.ts";
import { TokenList, TokenListBuilder } from "../../src/data/token-list.ts";

/** A text in which every token is its own position, with lines of the given lengths. */
function textOfLines(lengths: readonly number[]): TokenizedText {
  const starts = [0];
  for (const length of lengths) starts.push(starts.at(-1)! + length);
  return new TokenizedText(
    TokenList.from(Array.from({ length: starts.at(-1)! + 1 }, (_, i) => i)),
    Float64Array.from(starts),
  );
}

/** The targets of the chunks of one pass, row by row, with where a state was reset. */
function onePass(source: ChunkSource, batchSize: number): { rows: number[][]; counts: number } {
  const rows: number[][] = [];
  let counts = 0;
  const pass = source.cursor.passes;
  let open: number[][] = [];
  while (source.cursor.passes === pass) {
    const { tokens, targets, count, first } = source.next();
    counts += count;
    expect(count).toBe(targets.filter((target) => target !== NO_TARGET).length);
    if (first) open = Array.from({ length: batchSize }, () => rows[rows.push([]) - 1]!);
    for (const [i, target] of targets.entries()) {
      const row = open[i % batchSize]!;
      // a row that has ended stays ended
      if (row.at(-1) === NO_TARGET) expect(target).toBe(NO_TARGET);
      else if (target !== NO_TARGET) expect(target).toBe(tokens[i]! + 1);
      row.push(target);
    }
  }
  return { rows: rows.map((row) => row.filter((target) => target !== NO_TARGET)), counts };
}

describe("a continuous stream", () => {
  test("reads every target of its slices once, in order, but for an end shorter than a chunk", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 200 }), fc.nat(12), fc.nat(5), (length, t, n) => {
        const [sequenceLength, batchSize] = [t + 1, n + 1];
        fc.pre(length > sequenceLength * batchSize);
        const stream = new ChunkStream(TokenList.from(Array.from({ length }, (_, i) => i)), sequenceLength, batchSize);
        for (let pass = 0; pass < 2; pass++) {
          const { rows } = onePass(stream, batchSize);
          expect(rows).toHaveLength(batchSize);
          for (const [row, targets] of rows.entries()) {
            const start = row * stream.rowLength;
            expect(targets).toEqual(targets.map((_, i) => start + 1 + i));
            expect(targets.length).toBeLessThanOrEqual(stream.rowLength);
            // min-char-rnn, of one row, leaves out a last chunk that fits exactly
            const whole = batchSize === 1 ? stream.rowLength - 1 : stream.rowLength;
            const chunks = Math.max(1, Math.floor(whole / sequenceLength));
            expect(targets).toHaveLength(chunks * sequenceLength);
          }
        }
      }),
    );
  });
});

const lineLengths = fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 20 });

describe("lines", () => {
  test("are each read once a pass, from a reset state, whole, whatever the batch and the sequence length", () => {
    fc.assert(
      fc.property(
        lineLengths,
        fc.nat(16),
        fc.nat(5),
        fc.option(fc.nat(99), { nil: undefined }),
        (lengths, t, n, seed) => {
          const text = textOfLines(lengths);
          const batchSize = n + 1;
          const batches = new LineBatches(text, t + 1, batchSize, seed);
          const expected = lengths.map((length, i) => Array.from({ length }, (_, j) => text.starts![i]! + 1 + j));
          for (let pass = 0; pass < 3; pass++) {
            const { rows, counts } = onePass(batches, batchSize);
            const read = rows.filter((row) => row.length > 0);
            if (seed !== undefined) read.sort((a, b) => a[0]! - b[0]!);
            expect(read).toEqual(expected);
            expect(counts).toBe(text.targets);
          }
          expect(batches.epoch).toBe(3);
        },
      ),
    );
  });

  test("are shuffled anew every pass, alike for one seed", () => {
    const text = textOfLines(new Array(50).fill(1));
    const order = (batches: LineBatches) => onePass(batches, 1).rows.map(([target]) => target!);
    const [a, b, c] = [1, 1, 2].map((seed) => new LineBatches(text, 1, 1, seed));
    const [first, second] = [order(a!), order(a!)];
    expect(first).not.toEqual(second);
    expect([order(b!), order(b!)]).toEqual([first, second]);
    expect(order(c!)).not.toEqual(first);
  });

  test("come in every order about as often as in any other", () => {
    const batches = new LineBatches(textOfLines([1, 1, 1]), 1, 1, 5);
    const passes = 3000;
    const orders = new Map<string, number>();
    for (let pass = 0; pass < passes; pass++) {
      const order = [0, 1, 2].map(() => batches.next().tokens[0]).join("");
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect([...orders.keys()].sort()).toEqual(["012", "021", "102", "120", "201", "210"]);
    // five standard deviations of a binomial distribution
    const tolerance = 5 * Math.sqrt((passes / 6) * (5 / 6));
    for (const [order, count] of orders) expect(Math.abs(count - passes / 6), order).toBeLessThan(tolerance);
  });

  test("go on in chunks no longer than what is left of the longest", () => {
    const batches = new LineBatches(textOfLines([5, 4]), 3, 2);
    const shapes = [0, 1].map(() => batches.next()).map(({ tokens, count, first }) => [tokens.length, count, first]);
    expect(shapes).toEqual([
      [6, 6, true],
      [4, 3, false],
    ]);
  });

  test("of which the longest is known", () => {
    expect(longestLine(textOfLines([3, 9, 2]))).toBe(9);
  });
});

test("a peek at a row that has ended, while others go on, is at how its line began", () => {
  for (const length of [2, 3]) {
    const batches = new LineBatches(textOfLines([length, 5]), 3, 2);
    expect(batches.peek()).toEqual({ token: 0, first: true });
    batches.next();
    expect(batches.cursor.offset).toBe(3);
    expect(batches.peek()).toEqual({ token: 0, first: true });
  }
});

test("an epoch is passes and a part of one: tokens of a stream, lines", () => {
  const epochs = (source: ChunkSource) => [0, 1, 2, 3, 4].map(() => [source.epoch, source.next()][0]);
  // 9 + 3 + 1 ≥ 12, so that the fourth chunk of 12 tokens is the first again
  const stream = new ChunkStream(TokenList.from(Array.from({ length: 12 }, (_, i) => i)), 3);
  expect(epochs(stream)).toEqual([0, 0.25, 0.5, 1, 1.25]);
  expect(epochs(new LineBatches(textOfLines([1, 1, 1, 1]), 3, 1))).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(() => new LineBatches(new TokenizedText(stream.tokens), 3, 1)).toThrow(
    "text: expected lines, got a continuous stream",
  );
});

describe("a cursor of another text is refused, and the place stays:", () => {
  const place = { passes: 1, position: 0, offset: 0 };
  const refuses = (source: ChunkSource, position: number, offset: number) => {
    source.cursor = place;
    expect(() => {
      source.cursor = { passes: 2, position, offset };
    }, `${position}, ${offset}`).toThrow(/^cursor: expected one within/);
    expect(source.cursor).toEqual(place);
  };

  test("of a stream, where no whole chunk follows, or within a chunk", () => {
    const stream = new ChunkStream(TokenList.from(Array.from({ length: 21 }, (_, i) => i)), 3, 2);
    for (const position of [0, 7]) {
      stream.cursor = { passes: 2, position, offset: 0 };
      expect(stream.next().tokens[0]).toBe(position);
    }
    for (const position of [8, 10, 1000]) refuses(stream, position, 0);
    refuses(stream, 0, 1);
  });

  test("of lines, after the last line, or after the end of the longest that are read", () => {
    const lines = new LineBatches(textOfLines([2, 5, 1]), 3, 2);
    for (const [position, offset, targets] of [
      [0, 0, 5],
      [0, 4, 1],
      [2, 0, 1],
    ] as const) {
      lines.cursor = { passes: 2, position, offset };
      expect(lines.next().count).toBe(targets);
    }
    refuses(lines, 3, 0);
    refuses(lines, 1000, 0);
    refuses(lines, 0, 5);
    refuses(lines, 2, 1);
  });
});

test("from a cursor the same chunks follow", () => {
  fc.assert(
    fc.property(lineLengths, fc.nat(5), fc.nat(3), fc.nat(30), (lengths, t, n, steps) => {
      const text = textOfLines(lengths);
      const sources = (): ChunkSource[] => {
        const all: ChunkSource[] = [new LineBatches(text, t + 1, n + 1, 7)];
        if (text.tokens.length > (t + 1) * (n + 1)) all.push(new ChunkStream(text.tokens, t + 1, n + 1));
        return all;
      };
      const copies = sources();
      for (const [i, source] of sources().entries()) {
        for (let step = 0; step < steps; step++) source.next();
        const copy = copies[i]!;
        copy.cursor = source.cursor;
        for (let step = 0; step < 5; step++) {
          const peeked = source.peek();
          expect(copy.peek()).toEqual(peeked);
          const chunk = copy.next();
          if (chunk.targets[0] !== NO_TARGET) expect(peeked).toEqual({ token: chunk.tokens[0], first: chunk.first });
          const found = { ...chunk, tokens: [...chunk.tokens], targets: [...chunk.targets] };
          const expected = source.next();
          expect(found).toEqual({ ...expected, tokens: [...expected.tokens], targets: [...expected.targets] });
        }
      }
    }),
  );
});

describe("a list of tokens", () => {
  test("is what was put in, however wide the numbers become", () => {
    for (const largest of [255, 256, 65_535, 65_536, 2 ** 32 - 1]) {
      const tokens = Array.from({ length: 1000 }, (_, i) => (i === 500 ? largest : i % 256));
      const list = TokenList.from(tokens);
      expect([...list]).toEqual(tokens);
      expect([...list.slice(490, 510).slice(5, 15)]).toEqual(tokens.slice(495, 505));
      expect(list.bytes).toBe(1000 * (largest < 256 ? 1 : largest < 65_536 ? 2 : 4));
    }
  });

  test("of several blocks, of widths of their own, is renumbered to one width", () => {
    const length = 2_200_000;
    const builder = new TokenListBuilder();
    for (let i = 0; i < length; i++) builder.push(i < 1_500_000 ? i % 200 : i % 300);
    const renumber = Uint32Array.from({ length: 300 }, (_, i) => 299 - i);
    const list = builder.finish(renumber);
    expect(list.length).toBe(length);
    expect(list.bytes).toBe(2 * length);
    for (const i of [0, 199, 1_048_575, 1_048_576, 1_499_999, 1_500_000, 2_097_152, length - 1]) {
      expect(list.at(i), `token ${i}`).toBe(299 - (i < 1_500_000 ? i % 200 : i % 300));
    }
    expect([...list.slice(1_048_570, 1_048_580)]).toEqual(
      Array.from({ length: 10 }, (_, i) => 299 - ((1_048_570 + i) % 200)),
    );
  });
});
