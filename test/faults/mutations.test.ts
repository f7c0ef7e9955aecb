/** A checkpoint cut at every byte, and a seeded multitude of altered ones: each is read, or refused with a FormatError; at once. */

import { describe, expect, test } from "vitest";
import { modelFromBytes } from "../../src/formats/model-file.ts";
import { FormatError } from "../../src/formats/safetensors.ts";
import { openCheckpoint, resumeRun, trainerToBytes } from "../../src/train/checkpoint.ts";
import { DivergenceGuard } from "../../src/train/divergence-guard.ts";
import { EarlyStopping } from "../../src/train/early-stopping.ts";
import { createTrainer } from "../../src/train/trainer.ts";
import { PATIENCE, scaled, seededNumbers, Tally } from "./scale.ts";

const COUNT = scaled(10_000, 1_000_000);
/** What reading one small file may take. */
const MOST_MILLISECONDS = 2000;
const MOST_BYTES = 1.5e9;

const TEXT = "abba caba\n".repeat(10);
const trainer = await createTrainer(TEXT, { hiddenSize: 3, sequenceLength: 4, validationFraction: 0.3 });
const guard = new DivergenceGuard(trainer, "rollback");
const early = new EarlyStopping(trainer, 3);
for (let i = 0; i < 5; i++) guard.step();
early.look(2);
for (let i = 0; i < 4; i++) guard.step();
early.look(3);
const original = trainerToBytes(trainer, { guard: guard.capture(), earlyStopping: early.capture() });
const dataStart = 8 + Number(new DataView(original.buffer, original.byteOffset).getBigUint64(0, true));

/** How reading a file ended; throws where it did in any other way. */
async function outcomeOf(bytes: Uint8Array): Promise<string> {
  const start = performance.now();
  let outcome = "read";
  try {
    const checkpoint = openCheckpoint(bytes, "file");
    (await modelFromBytes(bytes, "file")).engine.dispose();
    const run = await resumeRun(checkpoint, TEXT);
    run.trainer.model.engine.dispose();
    outcome = "resumed";
  } catch (error) {
    if (
      !(error instanceof FormatError) &&
      !(error instanceof RangeError && /its text .+ has changed/.test(error.message))
    )
      throw error;
    expect((error as Error).message).toMatch(/^file: /);
    outcome = "refused";
  }
  const took = performance.now() - start;
  if (took > MOST_MILLISECONDS)
    throw new Error(`expected an answer within ${MOST_MILLISECONDS} ms, got one after ${took}`);
  return outcome;
}

describe("a checkpoint", () => {
  const tally = new Tally("mutations");

  test("as it was written is resumed", async () => {
    expect(await outcomeOf(original)).toBe("resumed");
  });

  test(
    `cut at any of its ${original.length} bytes is refused, and so is one with a byte more`,
    async () => {
      for (let length = 0; length < original.length; length++) {
        expect(await outcomeOf(original.slice(0, length)), `${length} bytes`).toBe("refused");
      }
      expect(await outcomeOf(Uint8Array.of(...original, 0))).toBe("refused");
      tally.add("truncations refused", original.length);
    },
    PATIENCE,
  );

  test(
    `altered in ${COUNT} ways is read or refused: no crash, no wait, no more memory`,
    async () => {
      const random = seededNumbers(5);
      for (let i = 0; i < COUNT; i++) {
        const bytes = mutate(original, random);
        let outcome: string;
        try {
          outcome = await outcomeOf(bytes);
        } catch (error) {
          throw new Error(`mutation ${i}: ${(error as Error).stack}`);
        }
        tally.add(`mutations ${outcome}`);
        if (i % 1000 === 0) expect(process.memoryUsage.rss(), `after ${i}`).toBeLessThan(MOST_BYTES);
      }
    },
    PATIENCE,
  );
});

/** One to four changes, most of them in the header: what lies behind it may be any numbers. */
function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  let mutated = bytes.slice();
  const below = (end: number) => Math.floor(random() * end);
  for (let changes = 1 + below(4); changes > 0; changes--) {
    const place = random() < 0.98 ? below(Math.min(dataStart, mutated.length)) : below(mutated.length);
    switch (below(7)) {
      case 0:
        mutated[place]! ^= 1 << below(8);
        break;
      case 1:
        mutated[place] = below(256);
        break;
      case 2: {
        // a digit, which leaves JSON and changes what it says
        const digit = mutated.findIndex((byte, i) => i >= place && byte >= 0x30 && byte <= 0x39);
        if (digit >= 0) mutated[digit] = 0x30 + below(10);
        break;
      }
      case 3: {
        const length = 1 + below(40);
        mutated = Uint8Array.of(...mutated.slice(0, place), ...mutated.slice(place + length));
        break;
      }
      case 4: {
        const from = below(dataStart);
        mutated = Uint8Array.of(
          ...mutated.slice(0, place),
          ...mutated.slice(from, from + 1 + below(60)),
          ...mutated.slice(place),
        );
        break;
      }
      case 5: {
        // two parts of the header in each other's place, its length as it was
        const length = 1 + below(30);
        const [a, b] = [8 + below(dataStart - 40), 8 + below(dataStart - 40)];
        const part = mutated.slice(a, a + length);
        mutated.copyWithin(a, b, b + length);
        mutated.set(
          part.subarray(0, Math.max(0, Math.min(part.length, mutated.length - b))),
          Math.min(b, mutated.length),
        );
        break;
      }
      default:
        new DataView(mutated.buffer).setUint8(below(Math.min(8, mutated.length)), below(256));
    }
    if (mutated.length < 16) return mutated;
  }
  return mutated;
}
