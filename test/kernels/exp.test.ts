import { LARGEST_FLOAT, nextOutward, SMALLEST_SUBNORMAL } from "./float32.ts";
import { kernels } from "./kernel-module.ts";
import { statedNumbers } from "./stated-numbers.ts";
import { claimUnaryKernel, claimValues } from "./unary-kernel.ts";

const [errorInUlp, lowest, highest] = statedNumbers(
  "assembly/kernels/exp.ts",
  /Error at most (\S+) ULP for x in \[(\S+), (\S+)\]/,
) as [number, number, number];

claimUnaryKernel({
  name: "exp",
  kernel: kernels.exp,
  exact: Math.exp,
  errorInUlp,
  lowest,
  highest,
  // n changes at odd multiples of ½ ln 2; the last two are the worst of all floats
  delicate: [0, -0, Math.LN2 / 2, -Math.LN2 / 2, lowest, highest, 70.40309906005859, -81.39479064941406],
});

// the float below this one is 88.72283, the last whose exp is a float
const overflow = 88.72283935546875;

claimValues("exp", kernels.exp, [
  [0, 1],
  [-0, 1],
  [SMALLEST_SUBNORMAL, 1],
  [-SMALLEST_SUBNORMAL, 1],
  [nextOutward(lowest), 0],
  [-100, 0],
  [-LARGEST_FLOAT, 0],
  [Number.NEGATIVE_INFINITY, 0],
  [Number.NaN, Number.NaN],
  [overflow, Number.POSITIVE_INFINITY],
  [89, Number.POSITIVE_INFINITY],
  [100, Number.POSITIVE_INFINITY],
  [LARGEST_FLOAT, Number.POSITIVE_INFINITY],
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  [Number.NaN, Number.NaN],
]);
