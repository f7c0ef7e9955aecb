import { test } from "vitest";
import { expectIdentical } from "./comparison.ts";
import { LARGEST_FLOAT, nextInward, SMALLEST_NORMAL, SMALLEST_SUBNORMAL } from "./float32.ts";
import { randomFloats } from "./inputs.ts";
import { clearRoom, kernels, place } from "./kernel-module.ts";
import { statedNumbers } from "./stated-numbers.ts";
import { claimUnaryKernel, claimValues } from "./unary-kernel.ts";

const [errorInUlp] = statedNumbers("assembly/kernels/tanh.ts", /Error at most (\S+) ULP for every float/) as [number];

claimUnaryKernel({
  name: "tanh",
  kernel: kernels.tanh,
  exact: Math.tanh,
  errorInUlp,
  lowest: -LARGEST_FLOAT,
  highest: LARGEST_FLOAT,
  // polynomial below 0.625, all ones from 9.01 on, exp's argument held at 20; the last is the worst of all floats
  delicate: [0, -0, 0.625, -0.625, 9.01, -9.01, 10, -10, LARGEST_FLOAT, 0.6283095479011536, -0.6283095479011536],
});

const subnormals = [SMALLEST_SUBNORMAL, nextInward(SMALLEST_NORMAL), SMALLEST_NORMAL];

claimValues("tanh", kernels.tanh, [
  [0, 0],
  [-0, -0],
  ...subnormals.map((x) => [x, x] as const),
  ...subnormals.map((x) => [-x, -x] as const),
  [LARGEST_FLOAT, 1],
  [-LARGEST_FLOAT, -1],
  [Number.POSITIVE_INFINITY, 1],
  [Number.NEGATIVE_INFINITY, -1],
  [Number.NaN, Number.NaN],
]);

test("tanh: odd to the bit", () => {
  clearRoom();
  const count = 4096;
  const x = place("x", randomFloats(count, 0, 10));
  const negated = place(
    "tanh(-x)",
    x.values.map((value) => -value),
  );
  kernels.tanh(x.address, x.address, count);
  kernels.tanh(negated.address, negated.address, count);
  expectIdentical(
    negated,
    x.values.map((value) => -value),
  );
});
