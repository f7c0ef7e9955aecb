/* A language model: layers, a linear decoder, and softmax with cross-entropy. T time steps, N rows, H hidden, V tokens. */

#ifndef MODEL_H
#define MODEL_H

#include "layer.h"
#include "task.h"

enum { MOST_LAYERS = 8 };

typedef struct {
  int layer_count, vocabulary_size, hidden_size, rows, parameter_count;
  Layer layers[MOST_LAYERS];
  Weight decoder;
  Bias decoder_bias;
  /* (T, N, V): logits, then probabilities, then the gradient of the logits. */
  float *logits;
  /* All of them, one after the other: what the optimizer goes through. */
  float *parameters, *gradients;
} Model;

/* For chunks of up to `time_steps` of `rows`; one that is `trained` has gradients and transposed copies. */
Model create_model(const Task *task, int time_steps, int rows, bool trained);

void reset_state(Model *model);

/* Tokens (T, N) to logits (T, N, V), from the carried state, which is left as it is. */
void forward(Model *model, const int *tokens, int time_steps);

/* Logits become probabilities. */
void softmax(Model *model, int time_steps);

/* Nats, summed over the targets (T, N); probabilities become the gradient of this times `scale` at the logits. */
double cross_entropy(Model *model, const int *targets, int time_steps, float scale);

/* From the gradient at the logits to all gradients. */
void backward(Model *model, const int *tokens, int time_steps);

/* The last state of a chunk becomes the first of the next. */
void carry_state(Model *model, int time_steps);

/* Makes the transposed copies anew, after an update. */
void parameters_changed(Model *model);

#endif
