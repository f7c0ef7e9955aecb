#include "optimizer.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "activation.h"

/* m += g^2, p -= lr g / sqrt(m + epsilon): epsilon in the root, as min-char-rnn has it. */
static void adagrad(const Task *task, int step, int count, float *restrict p, const float *restrict gradients,
                    float *restrict first, float *restrict second) {
  const float rate = task->learning_rate, bound = task->clip_value, epsilon = task->epsilon;
  (void)step, (void)first;
  for (int i = 0; i < count; i++) {
    const float g = clamp(gradients[i], bound);
    second[i] += g * g;
    p[i] -= rate * g / sqrtf(second[i] + epsilon);
  }
}

/* s = beta s + (1 - beta) g^2, p -= lr g / (sqrt(s) + epsilon) */
static void rmsprop(const Task *task, int step, int count, float *restrict p, const float *restrict gradients,
                    float *restrict first, float *restrict second) {
  const float rate = task->learning_rate, bound = task->clip_value, epsilon = task->epsilon, beta = task->beta2;
  (void)step, (void)first;
  for (int i = 0; i < count; i++) {
    const float g = clamp(gradients[i], bound);
    second[i] = beta * second[i] + (1 - beta) * g * g;
    p[i] -= rate * g / (sqrtf(second[i]) + epsilon);
  }
}

/* Adam, after the parameters have shrunk by lr · decay: AdamW, and with a decay of 0 plain Adam. */
static void adamw(const Task *task, int step, int count, float *restrict p, const float *restrict gradients,
                  float *restrict first, float *restrict second) {
  const float bound = task->clip_value, epsilon = task->epsilon, beta1 = task->beta1, beta2 = task->beta2;
  const float keep = 1 - task->learning_rate * task->weight_decay;
  const float rate = task->learning_rate / (1 - pow(beta1, step)), root_scale = 1 / sqrt(1 - pow(beta2, step));
  for (int i = 0; i < count; i++) {
    const float g = clamp(gradients[i], bound);
    first[i] = beta1 * first[i] + (1 - beta1) * g;
    second[i] = beta2 * second[i] + (1 - beta2) * g * g;
    p[i] = keep * p[i] - rate * first[i] / (sqrtf(second[i]) * root_scale + epsilon);
  }
}

Optimizer *find_optimizer(const char *name) {
  if (strcmp(name, "adagrad") == 0) return adagrad;
  if (strcmp(name, "rmsprop") == 0) return rmsprop;
  if (strcmp(name, "adam") == 0 || strcmp(name, "adamw") == 0) return adamw;
  return NULL;
}
