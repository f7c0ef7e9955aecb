/*
 * What one core can do at most: GFLOP/s of multiplications and additions in registers of four floats, nothing loaded or
 * stored. Several chains x = x * a + b, each waiting for itself alone; a chain's latency is hidden by the others, and the
 * number of chains that serves best depends on the processor, so all from 4 to 14 are tried and the best is told.
 *
 * Compiled without FMA a turn of a chain is a multiplication and an addition, with FMA one instruction; two operations a
 * lane either way. Needs gcc's vectors: a loop over floats would leave the choice of registers to the compiler.
 */

#include <stdio.h>
#include <time.h>

typedef float Lanes __attribute__((vector_size(16)));

enum { LANES = 4, TURNS = 1 << 16 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

/* Keeps the compiler from knowing a value, so that it can neither fold the chains nor drop them. */
#define HIDE(value) __asm__ volatile("" : "+x"(value))

/* The chains are written out in full by the compiler: their number is a constant wherever this is inlined. */
static inline __attribute__((always_inline)) double seconds_of(int chains) {
  Lanes x[16], a = {0.999f, 0.998f, 0.997f, 0.996f}, b = {1e-3f, 2e-3f, 3e-3f, 4e-3f};
  HIDE(a);
  HIDE(b);
#pragma GCC unroll 16
  for (int chain = 0; chain < chains; chain++) {
    x[chain] = b * (float)chain;
    HIDE(x[chain]);
  }
  const double begin = now();
  for (int turn = 0; turn < TURNS; turn++) {
#pragma GCC unroll 16
    for (int chain = 0; chain < chains; chain++) {
      x[chain] = x[chain] * a + b;
      HIDE(x[chain]);
    }
  }
  return now() - begin;
}

static double best;

static void note(int chains, double seconds) {
  const double gflops = 2.0 * LANES * chains * TURNS / seconds / 1e9;
  if (gflops > best) best = gflops;
}

int main(void) {
  /* the best of many short rounds: whatever else the machine does only makes them longer */
  for (int round = 0; round < 100; round++) {
    note(4, seconds_of(4));
    note(6, seconds_of(6));
    note(8, seconds_of(8));
    note(9, seconds_of(9));
    note(10, seconds_of(10));
    note(11, seconds_of(11));
    note(12, seconds_of(12));
    note(13, seconds_of(13));
    note(14, seconds_of(14));
  }
  printf("%.4g\n", best);
  return 0;
}
