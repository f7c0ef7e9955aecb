/*
 * tanh and sigmoid, which gcc turns into glibc's vector functions. Arguments are kept where float32 has an answer: under
 * -ffast-math an overflow inside may come out as NaN.
 */

#ifndef ACTIVATION_H
#define ACTIVATION_H

#include <math.h>

static inline float clamp(float x, float bound) { return x > bound ? bound : x < -bound ? -bound : x; }

/* Beyond ±10 tanh is ±1 in float32. */
static inline float squash(float x) { return tanhf(clamp(x, 10)); }

static inline float sigmoid(float x) { return 1 / (1 + expf(-clamp(x, 80))); }

#endif
