import { LARGEST_FLOAT, nextInward, SMALLEST_NORMAL, SMALLEST_SUBNORMAL } from "./float32.ts";
import { kernels } from "./kernel-module.ts";
import { statedNumbers } from "./stated-numbers.ts";
import { claimUnaryKernel, claimValues } from "./unary-kernel.ts";

const [errorInUlp] = statedNumbers(
  "assembly/kernels/log.ts",
  /Error at most (\S+) ULP for every normal positive float/,
) as [number];

claimUnaryKernel({
  name: "log",
  kernel: kernels.log,
  exact: Math.log,
  errorInUlp,
  lowest: SMALLEST_NORMAL,
  highest: LARGEST_FLOAT,
  // the exponent changes at √½ and √2, the result its sign at 1; the last is the worst of all floats
  delicate: [1, 0.5, 2, Math.SQRT1_2, Math.SQRT2, SMALLEST_NORMAL, LARGEST_FLOAT, 0.6999768018722534],
});

claimValues("log", kernels.log, [
  [1, 0],
  [0, Number.NEGATIVE_INFINITY],
  [-0, Number.NEGATIVE_INFINITY],
  [SMALLEST_SUBNORMAL, Number.NEGATIVE_INFINITY],
  [nextInward(SMALLEST_NORMAL), Number.NEGATIVE_INFINITY],
  [-SMALLEST_SUBNORMAL, Number.NaN],
  [-1, Number.NaN],
  [-LARGEST_FLOAT, Number.NaN],
  [Number.NEGATIVE_INFINITY, Number.NaN],
  [Number.NaN, Number.NaN],
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
]);
