/**
 * A transposed copy: result (N, M) = xᵀ for x (M, N), both with contiguous rows. Blocks of 4 × 4 go through eight shuffles.
 * The two must not overlap.
 */
export function transpose(result: usize, x: usize, m: i32, n: i32): void {
  const xStride = (<usize>n) << 2;
  const resultStride = (<usize>m) << 2;
  for (let i = 0; i < m; i += 4) {
    for (let j = 0; j < n; j += 4) {
      const source = x + <usize>i * xStride + ((<usize>j) << 2);
      const target = result + <usize>j * resultStride + ((<usize>i) << 2);
      if (i + 4 <= m && j + 4 <= n) block4x4(target, resultStride, source, xStride);
      else edge(target, resultStride, source, xStride, min(m - i, 4), min(n - j, 4));
    }
  }
}

function block4x4(target: usize, targetStride: usize, source: usize, sourceStride: usize): void {
  const row0 = v128.load(source);
  const row1 = v128.load(source + sourceStride);
  const row2 = v128.load(source + 2 * sourceStride);
  const row3 = v128.load(source + 3 * sourceStride);
  const low01 = v128.shuffle<f32>(row0, row1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(row0, row1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(row2, row3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(row2, row3, 2, 6, 3, 7);
  v128.store(target, v128.shuffle<f64>(low01, low23, 0, 2));
  v128.store(target + targetStride, v128.shuffle<f64>(low01, low23, 1, 3));
  v128.store(target + 2 * targetStride, v128.shuffle<f64>(high01, high23, 0, 2));
  v128.store(target + 3 * targetStride, v128.shuffle<f64>(high01, high23, 1, 3));
}

function edge(target: usize, targetStride: usize, source: usize, sourceStride: usize, rows: i32, columns: i32): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const value = load<f32>(source + <usize>i * sourceStride + ((<usize>j) << 2));
      store<f32>(target + <usize>j * targetStride + ((<usize>i) << 2), value);
    }
  }
}
