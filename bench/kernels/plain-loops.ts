/**
 * The kernels as one would first write them in TypeScript: plain loops over Float32Array, float64 arithmetic in
 * between, as JavaScript has it. Nothing is unrolled or tiled, but each loop nest is the fastest of the plain ones in
 * V8 (Node 20, the shapes of cases.ts): a sum in a local variable for A·B (1.2 GFLOP/s, against 1.1 along rows and 0.8
 * with Math.fround), rows of C for Aᵀ·B (1.1 against 0.9 with a sum), the rows' offsets outside the inner loop (1.1
 * against 0.6 for Aᵀ·B), Math.min and Math.max for clipping (95 µs against 170 with comparisons).
 */

/** C (M, N) = A (M, K) · B (K, N). */
export function multiply(c: Float32Array, a: Float32Array, b: Float32Array, m: number, n: number, k: number): void {
  for (let i = 0; i < m; i++) {
    const aRow = i * k;
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let s = 0; s < k; s++) sum += a[aRow + s]! * b[s * n + j]!;
      c[i * n + j] = sum;
    }
  }
}

/** The first `rows` rows of C (M, N) = Aᵀ · B for A (K, M) and B (K, N). */
export function multiplyTransposed(
  c: Float32Array,
  a: Float32Array,
  b: Float32Array,
  rows: number,
  m: number,
  n: number,
  k: number,
): void {
  c.fill(0);
  for (let s = 0; s < k; s++) {
    const bRow = s * n;
    for (let i = 0; i < rows; i++) {
      const x = a[s * m + i]!;
      const cRow = i * n;
      for (let j = 0; j < n; j++) c[cRow + j] = c[cRow + j]! + x * b[bRow + j]!;
    }
  }
}

export function exp(result: Float32Array, x: Float32Array): void {
  for (let i = 0; i < x.length; i++) result[i] = Math.exp(x[i]!);
}

export function tanh(result: Float32Array, x: Float32Array): void {
  for (let i = 0; i < x.length; i++) result[i] = Math.tanh(x[i]!);
}

export function sigmoid(result: Float32Array, x: Float32Array): void {
  for (let i = 0; i < x.length; i++) result[i] = 1 / (1 + Math.exp(-x[i]!));
}

export function softmax(result: Float32Array, logits: Float32Array): void {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) max = Math.max(max, logits[i]!);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    const term = Math.exp(logits[i]! - max);
    result[i] = term;
    sum += term;
  }
  for (let i = 0; i < logits.length; i++) result[i] = result[i]! / sum;
}

export function adagrad(
  parameter: Float32Array,
  gradient: Float32Array,
  sumOfSquares: Float32Array,
  learningRate: number,
  clipValue: number,
): void {
  for (let i = 0; i < parameter.length; i++) {
    const g = Math.max(-clipValue, Math.min(clipValue, gradient[i]!));
    const sum = sumOfSquares[i]! + g * g;
    sumOfSquares[i] = sum;
    parameter[i] = parameter[i]! - (learningRate * g) / Math.sqrt(sum + 1e-8);
  }
}
