import { LARGEST_FLOAT } from "./float32.ts";
import { kernels } from "./kernel-module.ts";
import { statedNumbers } from "./stated-numbers.ts";
import { claimUnaryKernel, claimValues } from "./unary-kernel.ts";

const [errorInUlp, lowest] = statedNumbers("assembly/kernels/sigmoid.ts", /Error at most (\S+) ULP for x ≥ (\S+);/) as [
  number,
  number,
];

claimUnaryKernel({
  name: "sigmoid",
  kernel: kernels.sigmoid,
  exact: (x) => 1 / (1 + Math.exp(-x)),
  errorInUlp,
  lowest,
  highest: LARGEST_FLOAT,
  delicate: [lowest, -20, -1, -0, 0, 1, 17, 86, 89, LARGEST_FLOAT],
});

claimValues("sigmoid", kernels.sigmoid, [
  [0, 0.5],
  [-0, 0.5],
  [-100, 0],
  [-LARGEST_FLOAT, 0],
  [LARGEST_FLOAT, 1],
  [Number.POSITIVE_INFINITY, 1],
  [Number.NEGATIVE_INFINITY, 0],
  [Number.NaN, Number.NaN],
]);
