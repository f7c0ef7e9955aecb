import { expect, test } from "vitest";
import { kernels } from "./kernel-module.ts";

test("the peak's chains are computed: twelve of them, turn after turn", () => {
  for (const turns of [0, 1, 2, 7]) {
    let expected = 0;
    for (let chain = 0; chain < 12; chain++) {
      let s = chain;
      // numbers that float32 holds exactly, so that the order of the sum does not matter
      for (let turn = 0; turn < turns; turn++) s = s * 0.5 + 1;
      expected += s;
    }
    expect(kernels.multiplyAddPeak(turns, 0.5, 1)).toBe(expected);
  }
});

test("a turn of the peak counts a multiplication and an addition for each lane", () => {
  expect(kernels.PEAK_FLOPS.value).toBe(2 * 4 * 12);
});
