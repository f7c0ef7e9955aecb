import { expect, test } from "vitest";
import { bfloat16Value, halfBits, halfValue, LARGEST_HALF } from "../../src/formats/half-float.ts";

const FINITE = Array.from({ length: 0x7c00 }, (_, bits) => bits);

test("every float16 is itself again, of either sign", () => {
  for (const bits of FINITE) {
    expect(halfBits(halfValue(bits)), `0x${bits.toString(16)}`).toBe(bits);
    expect(halfBits(halfValue(bits | 0x8000)), `-0x${bits.toString(16)}`).toBe(bits | 0x8000);
  }
  expect(halfValue(0x7bff)).toBe(LARGEST_HALF);
  expect([halfValue(0x3c00), halfValue(0x0001), halfValue(0x0400)]).toEqual([1, 2 ** -24, 2 ** -14]);
});

test("between two float16 the nearer is taken, in the middle the even one", () => {
  for (const bits of FINITE.slice(0, -1)) {
    const [low, high] = [halfValue(bits), halfValue(bits + 1)];
    const middle = (low + high) / 2;
    const margin = (high - low) / 1024;
    expect(halfBits(middle), `above 0x${bits.toString(16)}`).toBe(bits % 2 === 0 ? bits : bits + 1);
    expect(halfBits(middle - margin)).toBe(bits);
    expect(halfBits(middle + margin)).toBe(bits + 1);
  }
});

test("beyond the largest come infinities, and NaN stays NaN", () => {
  expect(halfBits(65_519.99)).toBe(0x7bff);
  expect(halfBits(65_520)).toBe(0x7c00);
  expect(halfBits(-1e300)).toBe(0xfc00);
  expect(halfValue(halfBits(Number.NEGATIVE_INFINITY))).toBe(Number.NEGATIVE_INFINITY);
  expect(halfValue(halfBits(Number.NaN))).toBeNaN();
});

test("a bfloat16 is a float32 without its lower half", () => {
  const view = new DataView(new ArrayBuffer(4));
  for (let bits = 0; bits < 0x10000; bits += 7) {
    view.setUint16(0, bits);
    expect(bfloat16Value(bits)).toEqual(view.getFloat32(0));
  }
});
