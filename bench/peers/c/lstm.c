/*
 * Gates i | f | g | o of each row, as PyTorch orders them:
 *
 *   i, f, o = sigmoid(…)    g = tanh(…)    c' = f c + i g    h' = o tanh(c')
 */

#include <stddef.h>

#include "activation.h"
#include "layer.h"

static void forward_row(int size, float *restrict gates, const float *restrict cell, float *restrict next_cell,
                        float *restrict tanh_cell, float *restrict next_hidden) {
  float *restrict i = gates, *restrict f = i + size, *restrict g = f + size, *restrict o = g + size;
  for (int j = 0; j < size; j++) {
    i[j] = sigmoid(i[j]);
    f[j] = sigmoid(f[j]);
    g[j] = squash(g[j]);
    o[j] = sigmoid(o[j]);
    next_cell[j] = f[j] * cell[j] + i[j] * g[j];
    tanh_cell[j] = squash(next_cell[j]);
    next_hidden[j] = o[j] * tanh_cell[j];
  }
}

static void backward_row(int size, float *restrict gates, const float *restrict cell, const float *restrict tanh_cell,
                         const float *restrict grad_hidden, float *restrict grad_cell) {
  float *restrict gate_i = gates, *restrict gate_f = gate_i + size, *restrict gate_g = gate_f + size,
                  *restrict gate_o = gate_g + size;
  for (int j = 0; j < size; j++) {
    const float i = gate_i[j], f = gate_f[j], g = gate_g[j], o = gate_o[j];
    /* h' = o tanh(c')  ->  dc' += dh o (1 - tanh^2(c')) */
    const float grad = grad_cell[j] + grad_hidden[j] * o * (1 - tanh_cell[j] * tanh_cell[j]);
    gate_o[j] = grad_hidden[j] * tanh_cell[j] * o * (1 - o);
    /* c' = f c + i g */
    gate_i[j] = grad * g * i * (1 - i);
    gate_f[j] = grad * cell[j] * f * (1 - f);
    gate_g[j] = grad * i * (1 - g * g);
    grad_cell[j] = grad * f;
  }
}

void lstm_forward(Layer *layer, int t) {
  const int size = layer->hidden_size;
  for (int row = 0; row < layer->rows; row++) {
    const size_t at = ((size_t)t * layer->rows + row) * size, next = at + (size_t)layer->rows * size;
    forward_row(size, layer->gates + 4 * at, layer->cell + at, layer->cell + next, layer->tanh_cell + at,
                layer->hidden + next);
  }
}

void lstm_backward(Layer *layer, int t) {
  const int size = layer->hidden_size;
  for (int row = 0; row < layer->rows; row++) {
    const size_t at = ((size_t)t * layer->rows + row) * size;
    backward_row(size, layer->gates + 4 * at, layer->cell + at, layer->tanh_cell + at, layer->grad_hidden + at,
                 layer->grad_cell + (size_t)row * size);
  }
}
