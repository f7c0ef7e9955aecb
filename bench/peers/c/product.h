/* Products of matrices in plain loops, arranged so that gcc makes good vector code of them. */

#ifndef PRODUCT_H
#define PRODUCT_H

/* How a factor is read: as it stands (m rows of k), or the transpose of what stands there (k rows of m). */
typedef enum { AS_IT_STANDS, TRANSPOSED } Reading;

/* c (m, n) += a (m, k) b (k, n); b and c as they stand. c must not overlap a or b. */
void add_product(int m, int n, int k, const float *a, Reading reading, const float *b, float *c);

/* to (columns, rows) = from (rows, columns), transposed. */
void transpose(int rows, int columns, const float *from, float *to);

#endif
