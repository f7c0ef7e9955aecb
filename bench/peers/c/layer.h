/*
 * One recurrent layer over a chunk of T time steps and N rows: what both cells share. H hidden units, G gates (1 of a
 * vanilla cell, 4 of an LSTM), D inputs: the vocabulary of the first layer, whose input is one-hot, else H.
 *
 *   gates[t] = W_ih x[t] + b + W_hh h[t-1]        h[t] = what the cell makes of gates[t]
 *
 * Weights are kept as (inputs, outputs), so that forward products run along their rows; for the products with their
 * transpose, back to the inputs, there are transposed copies, made anew after each update.
 */

#ifndef LAYER_H
#define LAYER_H

#include <stdbool.h>

/* A weight (inputs, outputs), its gradient, and the transposed copy, NULL where nothing is to be carried back. */
typedef struct {
  int inputs, outputs;
  float *value, *gradient, *transposed;
} Weight;

typedef struct {
  float *value, *gradient;
} Bias;

typedef struct {
  int rows, hidden_size, gate_count;
  bool one_hot;
  Weight weight_ih, weight_hh;
  Bias bias;
  /* (T, N, G·H): the cell's sums, then its gates after their nonlinearity, then their gradients. */
  float *gates;
  /* (T+1, N, H), the first the carried state; of a vanilla cell, only hidden. */
  float *hidden, *cell;
  /* (T, N, H) */
  float *tanh_cell;
  /* (T, N, H), and (N, H) on its way to the step before. */
  float *grad_hidden, *grad_cell;
} Layer;

/* One time step of all rows, forward from the sums in gates[t], and backward from grad_hidden[t] to gates[t]. */
void vanilla_forward(Layer *layer, int t);
void vanilla_backward(Layer *layer, int t);
void lstm_forward(Layer *layer, int t);
void lstm_backward(Layer *layer, int t);

#endif
