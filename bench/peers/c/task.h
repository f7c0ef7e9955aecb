/*
 * What a contender is given: a folder with
 *
 *   task.txt             a line each: name, space, value
 *   tokens.int32         little-endian
 *   parameters.float32   little-endian: of each layer weight_ih (gates·H, V or H), weight_hh (gates·H, H) and bias
 *                        (gates·H), then the decoder's weight (V, H) and bias (V); row-major
 */

#ifndef TASK_H
#define TASK_H

#include <stdbool.h>

typedef struct {
  char work[64], cell[64], optimizer[64];
  int vocabulary_size, hidden_size, layers, batch_size, sequence_length;
  /* Time steps of the three training steps whose losses are the evidence. */
  int evidence_length;
  bool resets_every_chunk;
  float learning_rate, clip_value, loss_scale, beta1, beta2, epsilon, weight_decay;
  int token_count, parameter_count;
  int *tokens;
  float *parameters;
} Task;

/* Ends the program with a message if the folder is not as described. */
Task read_task(const char *folder);

/* Zeros, on cache lines of their own; ends the program where there is no memory. */
float *allocate_floats(int count);

#endif
