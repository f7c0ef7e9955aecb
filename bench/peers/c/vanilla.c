/* h' = tanh(W_ih x + b + W_hh h) */

#include <stddef.h>

#include "activation.h"
#include "layer.h"

void vanilla_forward(Layer *layer, int t) {
  const int count = layer->rows * layer->hidden_size;
  const float *restrict sums = layer->gates + (size_t)t * count;
  float *restrict next = layer->hidden + (size_t)(t + 1) * count;
  for (int j = 0; j < count; j++) next[j] = squash(sums[j]);
}

/* h' = tanh(z)  ->  dz = dh (1 - h'^2) */
void vanilla_backward(Layer *layer, int t) {
  const int count = layer->rows * layer->hidden_size;
  const float *restrict next = layer->hidden + (size_t)(t + 1) * count;
  const float *restrict grad_hidden = layer->grad_hidden + (size_t)t * count;
  float *restrict grad_sums = layer->gates + (size_t)t * count;
  for (int j = 0; j < count; j++) grad_sums[j] = grad_hidden[j] * (1 - next[j] * next[j]);
}
