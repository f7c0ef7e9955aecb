import { expect, test } from "vitest";
import { philox as hostPhilox } from "../../src/core/random.ts";
import { clearRoom, expectOnlyWritten, kernels, placeResult } from "./kernel-module.ts";

type Six = readonly [number, number, number, number, number, number];

// kat_vectors of Random123 (D. E. Shaw Research): counter and key, and the four words of philox4x32-10
const KNOWN_ANSWERS: readonly (readonly [Six, readonly number[]])[] = [
  [
    [0, 0, 0, 0, 0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
];

test("philox: the known answers of Random123, in the module and in the host", () => {
  for (const [counterAndKey, words] of KNOWN_ANSWERS) {
    expect(modulePhilox(counterAndKey)).toEqual(words);
    const host = new Uint32Array(4);
    hostPhilox(host, ...counterAndKey);
    expect([...host]).toEqual(words);
  }
});

test("philox: module and host agree on counters and keys of every size", () => {
  // each answer is the next question
  let question: Six = [1, 2, 3, 4, 5, 6];
  const host = new Uint32Array(4);
  for (let i = 0; i < 2000; i++) {
    hostPhilox(host, ...question);
    expect(modulePhilox(question), `of ${question}`).toEqual([...host]);
    const [first, second, third, fourth] = host as unknown as readonly [number, number, number, number];
    question = [first, second >>> (i % 32), third, fourth, question[0], question[1] >>> (i % 7)];
  }
});

function modulePhilox(counterAndKey: Six): number[] {
  clearRoom();
  const result = placeResult("words", 4);
  kernels.philox(result.address, ...counterAndKey);
  expectOnlyWritten(result);
  return [...result.bits];
}
