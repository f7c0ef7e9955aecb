/*
 * The innermost loop runs along a row of b and a row of c, so that all it touches is contiguous. It takes four steps of
 * k at once, and two rows where there are two: an element of c is then loaded and stored once for four products, and an
 * element of b loaded once for two. Tiles that keep their sums in registers, the other good order, come out slower: gcc
 * 12 does not keep them there.
 *
 * Of b, a block of 64 rows stays in the second cache while all rows of a pass over it.
 */

#include "product.h"

#include <stddef.h>

enum { BLOCK = 64, STEPS = 4 };

static int least(int a, int b) { return a < b ? a : b; }

/* c (n) += x (4) b (4, n) */
static void add_four_steps(int n, const float *x, const float *restrict b, float *restrict c) {
  const float x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
  const float *b0 = b, *b1 = b0 + n, *b2 = b1 + n, *b3 = b2 + n;
  for (int j = 0; j < n; j++) c[j] += x0 * b0[j] + x1 * b1[j] + x2 * b2[j] + x3 * b3[j];
}

/* The same for two rows, c0 and c1. */
static void add_four_steps_to_two(int n, const float *x, const float *y, const float *restrict b, float *restrict c0,
                                  float *restrict c1) {
  const float x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
  const float y0 = y[0], y1 = y[1], y2 = y[2], y3 = y[3];
  const float *b0 = b, *b1 = b0 + n, *b2 = b1 + n, *b3 = b2 + n;
  for (int j = 0; j < n; j++) {
    c0[j] += x0 * b0[j] + x1 * b1[j] + x2 * b2[j] + x3 * b3[j];
    c1[j] += y0 * b0[j] + y1 * b1[j] + y2 * b2[j] + y3 * b3[j];
  }
}

static void add_one_step(int n, float x, const float *restrict b, float *restrict c) {
  for (int j = 0; j < n; j++) c[j] += x * b[j];
}

void add_product(int m, int n, int k, const float *a, Reading reading, const float *b, float *c) {
  const size_t row = reading == AS_IT_STANDS ? k : 1;
  const size_t step = reading == AS_IT_STANDS ? 1 : m;
  const int block = m == 1 ? k : BLOCK;
  for (int begin = 0; begin < k; begin += block) {
    const int end = least(begin + block, k);
    for (int i = 0; i < m; i += 2) {
      const int rows = least(2, m - i);
      float *c0 = c + (size_t)i * n, *c1 = c0 + n;
      int s = begin;
      for (; s + STEPS <= end; s += STEPS) {
        const float *a0 = a + i * row + s * step, *a1 = a0 + row;
        const float x[STEPS] = {a0[0], a0[step], a0[2 * step], a0[3 * step]};
        if (rows == 2) {
          const float y[STEPS] = {a1[0], a1[step], a1[2 * step], a1[3 * step]};
          add_four_steps_to_two(n, x, y, b + (size_t)s * n, c0, c1);
        } else {
          add_four_steps(n, x, b + (size_t)s * n, c0);
        }
      }
      for (; s < end; s++)
        for (int r = 0; r < rows; r++) add_one_step(n, a[(i + r) * row + s * step], b + (size_t)s * n, c0 + (size_t)r * n);
    }
  }
}

/* In tiles, so that neither side's cache lines are read or written a float at a time. */
void transpose(int rows, int columns, const float *restrict from, float *restrict to) {
  enum { TILE = 16 };
  for (int i = 0; i < rows; i += TILE)
    for (int j = 0; j < columns; j += TILE)
      for (int column = j; column < least(j + TILE, columns); column++)
        for (int row = i; row < least(i + TILE, rows); row++)
          to[(size_t)column * rows + row] = from[(size_t)row * columns + column];
}
